package io.millrace.ort;

import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.ort.capi.OrtFailure;
import java.util.Locale;

/** Turns what went wrong in a step into what can be done about it. */
final class StepFailure {
    private StepFailure() {}

    /**
     * A failed allocation is CAPACITY: ONNX Runtime has no code for it, so its message tells. All else is FATAL: the CPU
     * computes the same plan to the same end.
     */
    static StepException of(StepPlan plan, OrtFailure cause) {
        boolean memory =
                String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT).contains("alloc");
        return new StepException(
                memory ? StepException.Kind.CAPACITY : StepException.Kind.FATAL,
                "step " + plan.id() + " of " + plan.tokenCount() + " tokens: " + cause.getMessage(),
                cause);
    }

    static StepException of(StepPlan plan, StepPlan.Slice slice, ArithmeticException cause) {
        String message = "step " + plan.id() + ", sequence " + slice.sequence() + " at " + slice.end() + ": "
                + cause.getMessage();
        return new StepException(StepException.Kind.FATAL, message, cause);
    }
}
