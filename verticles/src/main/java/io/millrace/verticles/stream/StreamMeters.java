package io.millrace.verticles.stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What streams tell Prometheus. Thread-safe, as Micrometer's meters are. */
public final class StreamMeters {
    private final Counter admitted;
    private final Counter promptTokens;
    private final Counter outputTokens;
    private final Counter stalls;
    private final Counter resumes;
    private final Timer interTokenLatency;
    private final GenAiMeters genAi;
    private final Map<FinishReason, Counter> finished = new EnumMap<>(FinishReason.class);
    private final Map<ErrorCode, Counter> rejected = new EnumMap<>(ErrorCode.class);

    public StreamMeters(MeterRegistry registry) {
        admitted = registry.counter("millrace.streams.admitted");
        promptTokens = registry.counter("millrace.tokens.prompt");
        outputTokens = registry.counter("millrace.tokens.output");
        stalls = registry.counter("millrace.streams.stalled");
        resumes = registry.counter("millrace.streams.resumed");
        interTokenLatency = Timer.builder("millrace.inter.token.latency")
                .description("Every gap between tokens of a stream")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofNanos(500_000))
                .maximumExpectedValue(Duration.ofSeconds(10))
                .register(registry);
        genAi = new GenAiMeters(registry);
        for (FinishReason reason : FinishReason.values()) {
            finished.put(reason, registry.counter("millrace.streams.finished", "reason", lower(reason)));
        }
        for (ErrorCode code : ErrorCode.values()) {
            rejected.put(code, registry.counter("millrace.streams.rejected", "code", lower(code)));
        }
    }

    void admitted(int prompt) {
        admitted.increment();
        promptTokens.increment(prompt);
    }

    void rejected(ErrorCode code) {
        rejected.get(code).increment();
    }

    void firstToken(GenerationTimes of, long nanos) {
        outputTokens.increment();
        genAi.firstToken(of, nanos);
    }

    void nextToken(long nanos) {
        outputTokens.increment();
        interTokenLatency.record(Duration.ofNanos(nanos));
    }

    void finished(GenerationTimes of, FinishReason reason, long nanos) {
        finished.get(reason).increment();
        genAi.request(of, errorType(reason), nanos);
    }

    void perOutputToken(GenerationTimes of, long nanos) {
        genAi.perOutputToken(of, nanos);
    }

    void stalled() {
        stalls.increment();
    }

    void resumed() {
        resumes.increment();
    }

    private static String errorType(FinishReason reason) {
        return switch (reason) {
            case STOP, LENGTH -> GenAiMeters.NO_ERROR;
            case CANCELLED, SLOW_CONSUMER, ERROR -> lower(reason);
        };
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
