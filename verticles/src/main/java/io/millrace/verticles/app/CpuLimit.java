package io.millrace.verticles.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Cores that this process may use, quotas of less than a core included: the JVM rounds a container's limit up, and a node
 * limited to 1.5 of 2 cores would never be seen at more than 75%.
 *
 * @param root where {@code proc} and {@code sys} lie
 */
record CpuLimit(Path root) {

    /** The least of what the JVM sees and the quotas of this process's control group and those above it (cgroup v2 or v1). */
    double cores(int processors) {
        double cores = processors;
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            String[] group = line.split(":", 3);
            Path top = root.resolve("sys/fs/cgroup");
            if (group[1].isEmpty()) {
                cores = Math.min(cores, quota(top, group[2]));
            } else if (Arrays.asList(group[1].split(",")).contains("cpu")) {
                cores = Math.min(cores, quota(top.resolve("cpu"), group[2]));
            }
        }
        return cores;
    }

    /** A container may see its own group as the top, whatever its path says. */
    private static double quota(Path top, String path) {
        double least = Double.MAX_VALUE;
        for (Path folder = top.resolve("." + path).normalize(); folder.startsWith(top); folder = folder.getParent()) {
            least = Math.min(least, ownQuota(folder));
        }
        return least;
    }

    private static double ownQuota(Path folder) {
        List<String> numbers = lines(folder.resolve("cpu.max")).stream()
                .flatMap(line -> Arrays.stream(line.split(" ")))
                .toList();
        if (numbers.isEmpty()) {
            numbers = List.of(
                    String.join("", lines(folder.resolve("cpu.cfs_quota_us"))),
                    String.join("", lines(folder.resolve("cpu.cfs_period_us"))));
        }
        boolean none = numbers.stream().anyMatch(number -> !number.matches("[1-9]\\d*"));
        return none ? Double.MAX_VALUE : Double.parseDouble(numbers.get(0)) / Double.parseDouble(numbers.get(1));
    }

    /** None of a file that is not there. */
    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            return List.of();
        }
    }
}
