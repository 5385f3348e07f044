package io.millrace.ort.linux;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory outside of the Java heap, in bytes.
 *
 * @param most what the machine, or the container's limit, leaves beside the largest heap
 * @param now  how much of it could be had now without paging: the rest is in the hands of others
 */
public record MachineMemory(long most, long now) {
    private static final Pattern AVAILABLE = Pattern.compile("^MemAvailable:\\s+(\\d+) kB$", Pattern.MULTILINE);

    public static MachineMemory look() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long most = system.getTotalMemorySize() - Runtime.getRuntime().maxMemory();
        return of(most, Runtime.getRuntime().maxMemory() - Runtime.getRuntime().totalMemory(), meminfo());
    }

    /**
     * @param heapToGrow what the heap may still take of what is available
     * @param meminfo    text of {@code /proc/meminfo}; empty where there is none
     */
    static MachineMemory of(long most, long heapToGrow, String meminfo) {
        Matcher available = AVAILABLE.matcher(meminfo);
        long now = available.find() ? Long.parseLong(available.group(1)) * 1024 - heapToGrow : most;
        return new MachineMemory(most, Math.min(most, now));
    }

    private static String meminfo() {
        try {
            return Files.readString(Path.of("/proc/meminfo"));
        } catch (IOException e) {
            return "";
        }
    }
}
