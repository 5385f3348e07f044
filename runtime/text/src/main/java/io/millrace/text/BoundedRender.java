package io.millrace.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.OutputTooBigException;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.tree.Node;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** One run of a template. Owner: the thread that runs it. */
final class BoundedRender extends JinjavaInterpreter {
    private final BooleanSupplier late;
    private boolean outOfTime;

    BoundedRender(Jinjava jinjava, Context context, JinjavaConfig config, BooleanSupplier late) {
        super(jinjava, context, config);
        this.late = late;
    }

    /** Ends the run by an exception that no template can catch, once its time is over. */
    void checkDeadline() {
        if (outOfTime || late.getAsBoolean()) {
            outOfTime = true;
            throw new OutOfTime();
        }
    }

    /** @throws RuntimeException for anything that went wrong, with the reason among its causes */
    String run(Node root) {
        try (var current = JinjavaInterpreter.closeablePushCurrent(this).get()) {
            String text = current.value().render(root);
            failOnErrors();
            return text;
        }
    }

    /** Jinjava writes errors down and goes on, with text missing: no prompt to give to a model. */
    private void failOnErrors() {
        for (TemplateError error : getErrorsCopy()) {
            throw new IllegalStateException(error.getMessage(), error.getException());
        }
    }

    static boolean ranOutOfTime(Throwable failure) {
        return causes(failure).anyMatch(OutOfTime.class::isInstance);
    }

    static boolean wroteTooMuch(Throwable failure) {
        return causes(failure).anyMatch(OutputTooBigException.class::isInstance);
    }

    static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, cause -> cause != null, Throwable::getCause);
    }

    private static final class OutOfTime extends RuntimeException {
        private static final long serialVersionUID = 1;

        OutOfTime() {
            super("out of time", null, false, false);
        }
    }
}
