package io.millrace.verticles.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.Streams;
import java.nio.file.Path;

/** What the process tells Prometheus: CPU, memory, and whether it serves. */
final class NodeMeters {
    private NodeMeters() {}

    static void bind(MeterRegistry registry, Streams streams) {
        new ProcessorMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        CpuLimit limit = new CpuLimit(Path.of("/"));
        Gauge.builder(
                        "millrace.cpu.limit",
                        limit,
                        of -> of.cores(Runtime.getRuntime().availableProcessors()))
                .strongReference(true)
                .description("Cores that the process may use, by its machine and its quota")
                .register(registry);
        Gauge.builder("millrace.ready", streams, of -> of.replica() instanceof Replica.Ready ? 1 : 0)
                .description("1 where requests are served, 0 while the model loads or the node drains")
                .register(registry);
    }
}
