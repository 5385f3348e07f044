package io.millrace.verticles.app;

import io.millrace.verticles.app.bench.BenchPlan;
import io.millrace.verticles.app.bench.Length;
import io.millrace.verticles.app.bench.Percentiles;
import io.millrace.verticles.app.bench.ReplicaUse;
import io.millrace.verticles.app.bench.Summary;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import picocli.CommandLine.Help.Ansi;

/** One level of load as a table in a terminal, a line or two for each target. */
record BenchTable(BenchPlan plan, SequencedMap<String, Summary> medians) {

    String text() {
        int width = Math.max(
                6, medians.keySet().stream().mapToInt(String::length).max().orElse(0));
        StringBuilder table = new StringBuilder();
        table.append(String.format(
                "%d requests × %d rounds, %s, %s; medians%n", plan.requests(), plan.rounds(), load(), lengths()));
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
        double first = medians.firstEntry().getValue().tokensPerSecond();
        medians.forEach((target, summary) -> table.append(row(width, target, summary, first)));
        return table.toString().stripTrailing();
    }

    private String load() {
        return plan.arrivalRate() > 0
                ? String.format(Locale.ROOT, "%.2f arriving a second", plan.arrivalRate())
                : plan.concurrency() + " in flight";
    }

    private String lengths() {
        String source = plan.lengths().source();
        return String.format(
                Locale.ROOT,
                "%sprompts of %.0f tokens, at most %.0f generated",
                source.isEmpty() ? "" : "lengths of " + source + ", on average ",
                plan.lengths().mean(Length::promptTokens),
                plan.lengths().mean(Length::maxTokens));
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
        if (summary.cachedShare() > 0) {
            row.append(String.format(
                    Locale.ROOT,
                    "  %.1f%% of the prompts' tokens were found in the server's prefix cache and not computed%n",
                    100 * summary.cachedShare()));
        }
        row.append(replicas(summary.replicas()));
        for (String error : summary.errors()) {
            row.append("  ").append(error).append(System.lineSeparator());
        }
        return row.toString();
    }

    /** A line for each; of several, with what part of the tokens it computed. */
    private static String replicas(List<ReplicaUse> replicas) {
        long tokens = replicas.stream().mapToLong(ReplicaUse::tokens).sum();
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < replicas.size() && tokens > 0; i++) {
            ReplicaUse replica = replicas.get(i);
            String which = replicas.size() == 1
                    ? ""
                    : String.format(
                            Locale.ROOT, "replica %d, %.1f%% of the tokens: ", i, 100.0 * replica.tokens() / tokens);
            lines.append(String.format(
                    Locale.ROOT,
                    "  %s%d steps, of %.1f sequences and %.1f tokens; no step at the device in %.1f%% of the time%n",
                    which,
                    replica.steps(),
                    replica.sequencesPerStep(),
                    replica.tokensPerStep(),
                    100 * replica.idleShare()));
        }
        return lines.toString();
    }

    private static String text(Percentiles millis) {
        return String.format(Locale.ROOT, "%.1f / %.1f / %.1f", millis.p50(), millis.p90(), millis.p99());
    }
}
