package io.millrace.verticles.edge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.api.Tier;
import io.millrace.cluster.tier.Reason;
import io.millrace.verticles.peer.LinkTraffic;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/** What an edge tells Prometheus. Thread-safe, as Micrometer's meters are. */
final class EdgeMeters implements LinkTraffic {
    private final MeterRegistry registry;
    private final Counter takeovers;
    private final Counter sent;
    private final Counter received;

    EdgeMeters(MeterRegistry registry) {
        this.registry = registry;
        this.takeovers = Counter.builder("millrace.edge.takeovers")
                .description("Streams that the center began and the edge went on with")
                .register(registry);
        this.sent = bytes("sent");
        this.received = bytes("received");
    }

    private Counter bytes(String direction) {
        return Counter.builder("millrace.edge.link.bytes")
                .description("Messages of token streams between edge and center, before TLS")
                .tag("direction", direction)
                .register(registry);
    }

    void watch(BooleanSupplier up) {
        Gauge.builder("millrace.edge.center.up", up, now -> now.getAsBoolean() ? 1 : 0)
                .description("1 while the center answers")
                .strongReference(true)
                .register(registry);
    }

    /** A request was admitted by a tier. */
    void admitted(Tier tier, Reason reason) {
        registry.counter("millrace.edge.requests", "tier", lower(tier), "reason", lower(reason))
                .increment();
    }

    void takenOver() {
        takeovers.increment();
    }

    @Override
    public void sent(int bytes) {
        sent.increment(bytes);
    }

    @Override
    public void received(int bytes) {
        received.increment(bytes);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
