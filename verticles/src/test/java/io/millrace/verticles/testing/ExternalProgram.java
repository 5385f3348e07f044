package io.millrace.verticles.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A program of this machine, run to its end; never for longer than ten minutes. */
public final class ExternalProgram {
    /** The first run of the chart's check on a machine fetches and compiles Helm, which took two minutes on two busy cores. */
    private static final long TIMEOUT_SECONDS = 600;

    /** @param output of both streams */
    public record Result(List<String> command, int exitCode, String output) {
        public Result assertSucceeded() {
            assertEquals(0, exitCode, this::toString);
            return this;
        }

        public Result assertFailedSaying(String part) {
            assertTrue(exitCode != 0 && output.contains(part), () -> "expected to fail with " + part + "; " + this);
            return this;
        }

        @Override
        public String toString() {
            return String.join(" ", command) + "\nended with exit code " + exitCode + " and the output\n" + output;
        }
    }

    private ExternalProgram() {}

    public static Result run(String... command) throws Exception {
        return run(List.of(command));
    }

    public static Result run(List<String> command) throws Exception {
        return run(command, Integer.MAX_VALUE);
    }

    /** @param blankLines after so many the program is killed, as one whose network is gone; no more is read of it */
    public static Result run(List<String> command, int blankLines) throws Exception {
        Process process = start(command);
        CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process, blankLines));
        try {
            String all = output.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return new Result(command, process.waitFor(), all);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            throw new AssertionError(
                    String.join(" ", command) + "\nran for " + TIMEOUT_SECONDS + " s and was killed; its output was\n"
                            + output.get(),
                    e);
        }
    }

    private static Process start(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            return process;
        } catch (IOException e) {
            throw new AssertionError(
                    command.getFirst() + " cannot be started; these tests need python3 with pip, and curl, on the PATH",
                    e);
        }
    }

    private static String read(Process process, int blankLines) {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            int blank = 0;
            String line;
            while (blank < blankLines && (line = reader.readLine()) != null) {
                lines.add(line);
                blank += line.isEmpty() ? 1 : 0;
            }
            if (blank == blankLines) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return String.join("\n", lines) + "\n";
    }
}
