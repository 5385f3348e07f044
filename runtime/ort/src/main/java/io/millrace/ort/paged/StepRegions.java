package io.millrace.ort.paged;

import io.millrace.ort.device.StepKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where the parts of a packed step lie in one stretch of memory, so that one copy brings all of it to the device. Follows
 * from the step's sizes alone: steps of the same sizes have their parts at the same addresses.
 */
record StepRegions(
        int sequences,
        int tokens,
        int rows,
        int width,
        long tokensAt,
        long slotsAt,
        long cumulativeAt,
        long pastAt,
        long tableAt,
        long rowsAt,
        long encodedAt,
        long bytes) {
    /** What kernels may read at once. */
    private static final long ALIGNMENT = 256;

    static StepRegions of(PackedStep step, StepKernels kernels) {
        return of(
                step.sequences(),
                step.tokenCount(),
                step.rowCount(),
                step.width(),
                kernels.encodedBytes(step.rowCount(), step.history()));
    }

    static StepRegions of(int sequences, int tokens, int rows, int width, long encodedBytes) {
        long slotsAt = after(0, tokens);
        long cumulativeAt = after(slotsAt, tokens);
        long pastAt = after(cumulativeAt, sequences + 1);
        long tableAt = after(pastAt, sequences);
        long rowsAt = after(tableAt, (long) sequences * width);
        long encodedAt = after(rowsAt, 2L * rows);
        return new StepRegions(
                sequences,
                tokens,
                rows,
                width,
                0,
                slotsAt,
                cumulativeAt,
                pastAt,
                tableAt,
                rowsAt,
                encodedAt,
                encodedAt + encodedBytes);
    }

    private static long after(long at, long ints) {
        return Math.ceilDiv(at + ints * Integer.BYTES, ALIGNMENT) * ALIGNMENT;
    }

    /** Writes the step as the device reads it. */
    void write(PackedStep step, StepKernels kernels, MemorySegment to) {
        ints(step.tokens(), to, tokensAt);
        ints(step.slots(), to, slotsAt);
        ints(step.cumulative(), to, cumulativeAt);
        ints(step.past(), to, pastAt);
        ints(step.blockTable(), to, tableAt);
        MemorySegment.copy(step.logitRows(), 0, to, ValueLayout.JAVA_LONG, rowsAt, step.rowCount());
        kernels.encode(step.rows(), to.asSlice(encodedAt, bytes - encodedAt));
    }

    private static void ints(int[] from, MemorySegment to, long at) {
        MemorySegment.copy(from, 0, to, ValueLayout.JAVA_INT, at, from.length);
    }
}
