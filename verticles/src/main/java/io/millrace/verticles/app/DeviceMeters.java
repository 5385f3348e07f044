package io.millrace.verticles.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.engine.DeviceUse;
import io.millrace.engine.LoadedModel;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** What the model's devices tell Prometheus. They are asked once a scrape, not once a gauge. */
final class DeviceMeters {
    private final MeterRegistry registry;
    private volatile Supplier<List<DeviceUse>> source = List::of;
    private volatile List<DeviceUse> now = List.of();

    DeviceMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Called once, when the replicas are loaded; the devices stay the same from then on. */
    void watch(List<LoadedModel> replicas) {
        source = () -> replicas.stream()
                .flatMap(replica -> replica.deviceUse().get().stream())
                .toList();
        poll();
        for (int i = 0; i < now.size(); i++) {
            gauge("millrace.device.busy", "ratio", i, DeviceUse::busy);
            gauge("millrace.device.memory.used", "bytes", i, DeviceUse::memoryUsedBytes);
            gauge("millrace.device.memory.total", "bytes", i, DeviceUse::memoryTotalBytes);
            gauge("millrace.device.power", "watts", i, DeviceUse::watts);
        }
    }

    /** Blocks for about a millisecond. */
    void poll() {
        now = source.get();
    }

    private void gauge(String name, String unit, int index, ToDoubleFunction<DeviceUse> value) {
        Gauge.builder(name, this, meters -> meters.value(index, value))
                .tag("device", now.get(index).device())
                .baseUnit(unit)
                .register(registry);
    }

    /** A device that can no longer be asked is absent. */
    private double value(int index, ToDoubleFunction<DeviceUse> value) {
        List<DeviceUse> devices = now;
        return index < devices.size() ? value.applyAsDouble(devices.get(index)) : Double.NaN;
    }
}
