package io.millrace.verticles.stream;

import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.DoubleStream;

/**
 * The histograms of a model server by the names, attributes and bucket bounds (seconds) of OpenTelemetry's semantic
 * conventions for generative AI metrics.
 */
final class GenAiMeters {
    /** What {@code error.type} is where there was none: to Prometheus, an empty label is no label. */
    static final String NO_ERROR = "";

    private static final double[] REQUEST = {
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
    };
    private static final double[] FIRST_TOKEN = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
    };
    private static final double[] PER_TOKEN = {0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5};

    private final MeterProvider<Timer> request;
    private final MeterProvider<Timer> firstToken;
    private final MeterProvider<Timer> perToken;

    GenAiMeters(MeterRegistry registry) {
        request = histogram(registry, "request.duration", "From the request to its last token", REQUEST);
        firstToken = histogram(registry, "time_to_first_token", "From the request to its first token", FIRST_TOKEN);
        perToken = histogram(
                registry, "time_per_output_token", "Mean gap after the first token, of one response", PER_TOKEN);
    }

    void request(GenerationTimes of, String errorType, long nanos) {
        request.withTags(tags(of).and("error.type", errorType)).record(Duration.ofNanos(nanos));
    }

    void firstToken(GenerationTimes of, long nanos) {
        firstToken.withTags(tags(of)).record(Duration.ofNanos(nanos));
    }

    void perOutputToken(GenerationTimes of, long nanos) {
        perToken.withTags(tags(of)).record(Duration.ofNanos(nanos));
    }

    private static Tags tags(GenerationTimes of) {
        return Tags.of("gen_ai.operation.name", of.operation(), "gen_ai.request.model", of.model());
    }

    private static MeterProvider<Timer> histogram(
            MeterRegistry registry, String name, String description, double[] bounds) {
        return Timer.builder("gen_ai.server." + name)
                .description(description)
                .serviceLevelObjectives(DoubleStream.of(bounds)
                        .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                        .toArray(Duration[]::new))
                .withRegistry(registry);
    }
}
