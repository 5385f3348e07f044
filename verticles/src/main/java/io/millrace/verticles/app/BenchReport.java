package io.millrace.verticles.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.verticles.app.bench.BenchPlan;
import io.millrace.verticles.app.bench.Percentiles;
import io.millrace.verticles.app.bench.ReplicaUse;
import io.millrace.verticles.app.bench.RoundResult;
import io.millrace.verticles.app.bench.Summary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import picocli.CommandLine.Help.Ansi;

/** A benchmark's results for people and for programs. */
final class BenchReport {
    private final BenchPlan plan;
    private final SequencedMap<String, List<RoundResult>> rounds;
    private final SequencedMap<String, Summary> summaries = new LinkedHashMap<>();

    /** @param rounds of each target, at least one of each */
    BenchReport(BenchPlan plan, SequencedMap<String, List<RoundResult>> rounds) {
        this.plan = plan;
        this.rounds = rounds;
        rounds.forEach((target, results) -> summaries.put(target, Summary.of(results)));
    }

    int failed() {
        return summaries.values().stream().mapToInt(Summary::failed).sum();
    }

    String table() {
        int width = Math.max(
                6, summaries.keySet().stream().mapToInt(String::length).max().orElse(0));
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                "%d requests × %d rounds, %s, prompts of %d tokens, at most %d generated; medians%n",
                plan.requests(), plan.rounds(), load(), plan.promptTokens(), plan.maxTokens()));
        String header = String.format(
                "%-" + width + "s %9s %9s %6s  %-24s %-24s %6s %6s",
                "server",
                "out tok/s",
                "all tok/s",
                "ratio",
                "TTFT ms p50/p90/p99",
                "gap ms p50/p90/p99",
                "ok",
                "failed");
        table.append(Ansi.AUTO.string("@|bold " + header + "|@")).append(System.lineSeparator());
        double first = summaries.firstEntry().getValue().tokensPerSecond();
        summaries.forEach((target, summary) -> table.append(row(width, target, summary, first)));
        return table.toString().stripTrailing();
    }

    private String load() {
        return plan.arrivalRate() > 0
                ? String.format(Locale.ROOT, "%.2f arriving a second", plan.arrivalRate())
                : plan.concurrency() + " in flight";
    }

    /** All rounds and their medians, with what they ran on. */
    String json() {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("plan", plan);
        root.put(
                "client",
                Map.of(
                        "cores", Runtime.getRuntime().availableProcessors(),
                        "os", System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                        "java", Runtime.version().toString()));
        root.put("medians", summaries);
        root.put("rounds", rounds);
        try {
            return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records and numbers can be written", e);
        }
    }

    private static String row(int width, String target, Summary summary, double first) {
        StringBuilder row = new StringBuilder(String.format(
                Locale.ROOT,
                "%-" + width + "s %9.1f %9.1f %6.2f  %-24s %-24s %6d %6d%n",
                target,
                summary.tokensPerSecond(),
                summary.totalTokensPerSecond(),
                first == 0 ? 0 : summary.tokensPerSecond() / first,
                text(summary.ttftMillis()),
                text(summary.gapMillis()),
                summary.answered(),
                summary.failed()));
        ReplicaUse replica = summary.replica();
        if (replica.steps() > 0) {
            row.append(String.format(
                    Locale.ROOT,
                    "  %d steps, of %.1f sequences and %.1f tokens; no step at the device in %.1f%% of the time%n",
                    replica.steps(),
                    replica.sequencesPerStep(),
                    replica.tokensPerStep(),
                    100 * replica.idleShare()));
        }
        for (String error : summary.errors()) {
            row.append("  ").append(error).append(System.lineSeparator());
        }
        return row.toString();
    }

    private static String text(Percentiles millis) {
        return String.format(Locale.ROOT, "%.1f / %.1f / %.1f", millis.p50(), millis.p90(), millis.p99());
    }
}
