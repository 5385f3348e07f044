package io.millrace.verticles.app;

import io.millrace.verticles.app.config.ConfigException;
import java.net.BindException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.ExitCode;

/** What a command's exception comes to for the user: one line and an exit code. */
final class Failure {
    private Failure() {}

    static String words(Throwable failure) {
        Throwable cause = cause(failure);
        String line = message(cause).lines().findFirst().orElse("");
        return cause instanceof BindException
                ? line + "; is another node running? --port and --quic-port choose others, 0 takes a free one"
                : line;
    }

    /** These two say which file it is, and leave to their names what is wrong with it. */
    private static String message(Throwable cause) {
        return switch (cause) {
            case NoSuchFileException missing -> missing.getFile() + ": there is no such file or directory";
            case AccessDeniedException denied -> denied.getFile() + ": permission denied";
            default -> cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        };
    }

    static int exitCode(Throwable failure) {
        return cause(failure) instanceof ConfigException ? ExitCode.USAGE : Main.FAILED;
    }

    /** Futures wrap what went wrong. */
    private static Throwable cause(Throwable failure) {
        boolean wrapper = failure instanceof ExecutionException || failure instanceof CompletionException;
        return wrapper && failure.getCause() != null ? cause(failure.getCause()) : failure;
    }
}
