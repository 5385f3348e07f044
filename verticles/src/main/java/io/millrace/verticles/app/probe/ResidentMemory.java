package io.millrace.verticles.app.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory of this process that is in RAM, as Linux counts it.
 *
 * @param own    anonymous pages, of no other process
 * @param mapped pages of files, which processes that map the same files share
 */
record ResidentMemory(long own, long mapped) {
    private static final Path STATUS = Path.of("/proc/self/status");

    static ResidentMemory now() throws IOException {
        return of(Files.readString(STATUS));
    }

    /** @param status text of {@code /proc/PID/status} */
    static ResidentMemory of(String status) throws IOException {
        return new ResidentMemory(bytes(status, "RssAnon"), bytes(status, "RssFile"));
    }

    ResidentMemory since(ResidentMemory before) {
        return new ResidentMemory(Math.max(0, own - before.own), Math.max(0, mapped - before.mapped));
    }

    long bytes() {
        return own + mapped;
    }

    private static long bytes(String status, String field) throws IOException {
        Matcher line = Pattern.compile("^" + field + ":\\s+(\\d+) kB$", Pattern.MULTILINE)
                .matcher(status);
        if (!line.find()) {
            throw new IOException("/proc/self/status has no " + field);
        }
        return Long.parseLong(line.group(1)) * 1024;
    }
}
