package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * What the driver's management library, libnvidia-ml, says of a device, as nvml.h declares it. For any thread.
 *
 * <p>It numbers devices by PCI bus and knows nothing of CUDA_VISIBLE_DEVICES, so a device is found by its bus id.
 */
public final class Nvml {
    static final List<String> SONAMES = List.of("libnvidia-ml.so.1");

    private final NativeFunction handleByBus;
    private final NativeFunction utilization;
    private final NativeFunction memory;
    private final NativeFunction power;

    /**
     * @param busy share of the last sample period in which a kernel ran, 0 to 1
     * @param watts 0 where the device does not say
     */
    public record Reading(double busy, long memoryUsedBytes, long memoryTotalBytes, double watts) {}

    private Nvml(NativeLibrary library) {
        handleByBus = library.function("nvmlDeviceGetHandleByPciBusId_v2", ADDRESS, ADDRESS);
        utilization = library.function("nvmlDeviceGetUtilizationRates", ADDRESS, ADDRESS);
        memory = library.function("nvmlDeviceGetMemoryInfo", ADDRESS, ADDRESS);
        power = library.function("nvmlDeviceGetPowerUsage", ADDRESS, ADDRESS);
    }

    /** This machine's; empty as in {@link #find}. */
    public static Optional<Nvml> load() {
        return find(LibraryFinder.system());
    }

    /** @return empty where it is not installed or does not start: metrics then lack these lines */
    static Optional<Nvml> find(LibraryFinder finder) {
        return NativeLibrary.find(finder, SONAMES, "nvmlInit_v2", "nvmlDeviceGetHandleByPciBusId_v2")
                .filter(library -> library.function("nvmlInit_v2").call() == 0)
                .map(Nvml::new);
    }

    /**
     * @param busId such as {@code 0000:65:00.0}
     * @return empty where the device does not answer
     */
    public Optional<Reading> read(String busId) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            if (handleByBus.call(arena.allocateFrom(busId), out) != 0) {
                return Optional.empty();
            }
            MemorySegment device = out.get(ADDRESS, 0);
            // unsigned gpu, memory: percent
            MemorySegment rates = arena.allocate(JAVA_INT, 2);
            // unsigned long long total, free, used
            MemorySegment bytes = arena.allocate(JAVA_LONG, 3);
            MemorySegment milliwatts = arena.allocate(JAVA_INT);
            if (utilization.call(device, rates) != 0 || memory.call(device, bytes) != 0) {
                return Optional.empty();
            }
            boolean hasPower = power.call(device, milliwatts) == 0;
            return Optional.of(new Reading(
                    rates.get(JAVA_INT, 0) / 100.0,
                    bytes.getAtIndex(JAVA_LONG, 2),
                    bytes.getAtIndex(JAVA_LONG, 0),
                    hasPower ? milliwatts.get(JAVA_INT, 0) / 1000.0 : 0));
        }
    }
}
