package io.millrace.verticles.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.millrace.verticles.app.bench.BenchPlan;
import io.millrace.verticles.app.bench.Length;
import io.millrace.verticles.app.bench.Level;
import io.millrace.verticles.app.bench.Summary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** A benchmark's results for people, for programs and for browsers. */
final class BenchReport {
    private static final String TEMPLATE = "bench-report.html";
    private static final String DATA = "\"DATA\"";

    /** One level of load with its medians. */
    private record Measured(Level level, SequencedMap<String, Summary> medians) {
        static Measured of(Level level) {
            SequencedMap<String, Summary> medians = new LinkedHashMap<>();
            level.rounds().forEach((target, rounds) -> medians.put(target, Summary.of(rounds)));
            return new Measured(level, medians);
        }
    }

    private final List<Measured> levels;

    /** @param levels at least one, with at least one round of each target */
    BenchReport(List<Level> levels) {
        this.levels = levels.stream().map(Measured::of).toList();
    }

    int failed() {
        return levels.stream()
                .flatMap(level -> level.medians().values().stream())
                .mapToInt(Summary::failed)
                .sum();
    }

    String table() {
        return levels.stream()
                .map(level -> new BenchTable(level.level().plan(), level.medians()).text())
                .collect(Collectors.joining(System.lineSeparator().repeat(2)));
    }

    /** All rounds and their medians at each level of load, with what they ran on. */
    String json() {
        return write(new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT)) + "\n";
    }

    /** The same as a page that needs nothing else. */
    String html() throws IOException {
        try (InputStream template = BenchReport.class.getResourceAsStream(TEMPLATE)) {
            String page = new String(template.readAllBytes(), StandardCharsets.UTF_8);
            // No text in the data may end the script element that it stands in.
            return page.replace(DATA, write(new ObjectMapper()).replace("<", "\\u003c"));
        }
    }

    private String write(ObjectMapper mapper) {
        Map<String, Object> client = new LinkedHashMap<>();
        client.put("cores", Runtime.getRuntime().availableProcessors());
        client.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        client.put("java", Runtime.version().toString());
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("client", client);
        root.put("levels", levels.stream().map(BenchReport::fields).toList());
        try {
            return mapper.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records and numbers can be written", e);
        }
    }

    private static Map<String, Object> fields(Measured measured) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("plan", fields(measured.level().plan()));
        fields.put("medians", measured.medians());
        fields.put("rounds", measured.level().rounds());
        return fields;
    }

    /** Without all the lengths of a file. */
    private static Map<String, Object> fields(BenchPlan plan) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("concurrency", plan.concurrency());
        fields.put("arrivalRate", plan.arrivalRate());
        fields.put("requests", plan.requests());
        fields.put("lengths", plan.lengths().source());
        fields.put("promptTokens", plan.lengths().mean(Length::promptTokens));
        fields.put("maxTokens", plan.lengths().mean(Length::maxTokens));
        fields.put("rounds", plan.rounds());
        fields.put("warmup", plan.warmup());
        fields.put("seed", plan.seed());
        fields.put("sharedPrefix", plan.sharedPrefix());
        return fields;
    }
}
