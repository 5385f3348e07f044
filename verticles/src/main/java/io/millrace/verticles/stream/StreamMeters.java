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
    private final Timer timeToFirstToken;
    private final Timer interTokenLatency;
    private final Map<FinishReason, Counter> finished = new EnumMap<>(FinishReason.class);
    private final Map<ErrorCode, Counter> rejected = new EnumMap<>(ErrorCode.class);

    public StreamMeters(MeterRegistry registry) {
        admitted = registry.counter("millrace.streams.admitted");
        promptTokens = registry.counter("millrace.tokens.prompt");
        outputTokens = registry.counter("millrace.tokens.output");
        stalls = registry.counter("millrace.streams.stalled");
        resumes = registry.counter("millrace.streams.resumed");
        timeToFirstToken =
                histogram(registry, "millrace.time.to.first.token", Duration.ofMillis(1), Duration.ofSeconds(60));
        interTokenLatency =
                histogram(registry, "millrace.inter.token.latency", Duration.ofNanos(500_000), Duration.ofSeconds(10));
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

    void firstToken(long nanos) {
        outputTokens.increment();
        timeToFirstToken.record(Duration.ofNanos(nanos));
    }

    void nextToken(long nanos) {
        outputTokens.increment();
        interTokenLatency.record(Duration.ofNanos(nanos));
    }

    void finished(FinishReason reason) {
        finished.get(reason).increment();
    }

    void stalled() {
        stalls.increment();
    }

    void resumed() {
        resumes.increment();
    }

    private static Timer histogram(MeterRegistry registry, String name, Duration least, Duration most) {
        return Timer.builder(name)
                .publishPercentileHistogram()
                .minimumExpectedValue(least)
                .maximumExpectedValue(most)
                .register(registry);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
