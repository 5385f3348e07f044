package io.millrace.verticles.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuLimitTest {
    @TempDir
    private Path root;

    @Test
    void withoutQuotaAllProcessorsCount() throws IOException {
        assertEquals(4, cores());
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/cpu.max", "max 100000\n");
        assertEquals(4, cores());
    }

    @Test
    void aQuotaOfAGroupOrOfOneAboveItCounts() throws IOException {
        write("proc/self/cgroup", "0::/pods/mine\n");
        write("sys/fs/cgroup/pods/mine/cpu.max", "250000 100000\n");
        assertEquals(2.5, cores());
        write("sys/fs/cgroup/pods/cpu.max", "150000 100000\n");
        assertEquals(1.5, cores());
    }

    @Test
    void aQuotaAboveTheProcessorsDoesNot() throws IOException {
        write("proc/self/cgroup", "0::/\n");
        write("sys/fs/cgroup/cpu.max", "900000 100000\n");
        assertEquals(4, cores());
    }

    @Test
    void theOldHierarchyIsReadToo() throws IOException {
        write("proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/docker/of-the-host\n0::/\n");
        write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
        write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
        assertEquals(0.5, cores());
        write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
        assertEquals(4, cores());
    }

    private double cores() {
        return new CpuLimit(root).cores(4);
    }

    private void write(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
