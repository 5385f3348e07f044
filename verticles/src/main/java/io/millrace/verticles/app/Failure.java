package io.millrace.verticles.app;

import io.millrace.verticles.app.config.ConfigException;
import java.net.BindException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.ExitCode;

/** What a command's exception comes to for the user: one line and an exit code. */
final class Failure {
    private Failure() {}

    static String words(Throwable failure) {
        Throwable cause = cause(failure);
        String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        String line = message.lines().findFirst().orElse("");
        return cause instanceof BindException
                ? line + "; is another node running? --port and --quic-port choose others, 0 takes a free one"
                : line;
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
