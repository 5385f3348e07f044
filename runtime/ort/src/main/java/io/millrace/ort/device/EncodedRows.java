package io.millrace.ort.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.api.SamplingParams;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * How rows are sampled, as every device reads it, sample.cu among them: {@code struct Row}s of 64 bytes, and after them the
 * history of all rows, int32.
 */
public final class EncodedRows {
    private static final int ROW_BYTES = 64;
    private static final int SEED = 0;
    private static final int POSITION = 8;
    private static final int SLOT = 12;
    private static final int TEMPERATURE = 16;
    private static final int TOP_K = 20;
    private static final int TOP_P = 24;
    private static final int MIN_P = 28;
    private static final int REPETITION = 32;
    private static final int PRESENCE = 36;
    private static final int FREQUENCY = 40;
    private static final int HISTORY_BEGIN = 44;
    private static final int HISTORY_END = 48;
    private static final int PROMPT_LENGTH = 52;
    private static final int IS_PENDING = 56;

    private EncodedRows() {}

    public static long bytes(int rows, int historyTokens) {
        return (long) rows * ROW_BYTES + (long) historyTokens * JAVA_INT.byteSize();
    }

    /** @param to aligned to 8 bytes */
    public static void write(List<SampleRow> rows, MemorySegment to) {
        MemorySegment history = to.asSlice((long) rows.size() * ROW_BYTES);
        int begin = 0;
        for (int i = 0; i < rows.size(); i++) {
            SampleRow row = rows.get(i);
            int length = row.history().length;
            write(row, begin, to.asSlice((long) i * ROW_BYTES, ROW_BYTES));
            MemorySegment.copy(row.history(), 0, history, JAVA_INT, begin * JAVA_INT.byteSize(), length);
            begin += length;
        }
    }

    private static void write(SampleRow row, int historyBegin, MemorySegment to) {
        to.set(JAVA_LONG, SEED, row.params().seed());
        to.set(JAVA_INT, POSITION, row.position());
        to.set(JAVA_INT, SLOT, row.slot());
        to.set(JAVA_FLOAT, TEMPERATURE, row.params().temperature());
        to.set(JAVA_INT, TOP_K, row.params().topK());
        to.set(JAVA_FLOAT, TOP_P, row.params().topP());
        to.set(JAVA_FLOAT, MIN_P, row.params().minP());
        to.set(JAVA_FLOAT, REPETITION, row.params().repetitionPenalty());
        to.set(JAVA_FLOAT, PRESENCE, row.params().presencePenalty());
        to.set(JAVA_FLOAT, FREQUENCY, row.params().frequencyPenalty());
        to.set(JAVA_INT, HISTORY_BEGIN, historyBegin);
        to.set(JAVA_INT, HISTORY_END, historyBegin + row.history().length);
        to.set(JAVA_INT, PROMPT_LENGTH, row.promptLength());
        to.set(JAVA_INT, IS_PENDING, row.pending() && row.slot() != SampleRow.FILLER ? 1 : 0);
    }

    /** Row {@code i} of {@code rows}. */
    public static SampleRow read(MemorySegment from, int rows, int i) {
        MemorySegment at = from.asSlice((long) i * ROW_BYTES, ROW_BYTES);
        SamplingParams params = new SamplingParams(
                at.get(JAVA_FLOAT, TEMPERATURE),
                at.get(JAVA_INT, TOP_K),
                at.get(JAVA_FLOAT, TOP_P),
                at.get(JAVA_FLOAT, MIN_P),
                at.get(JAVA_FLOAT, REPETITION),
                at.get(JAVA_FLOAT, PRESENCE),
                at.get(JAVA_FLOAT, FREQUENCY),
                at.get(JAVA_LONG, SEED));
        int begin = at.get(JAVA_INT, HISTORY_BEGIN);
        int length = at.get(JAVA_INT, HISTORY_END) - begin;
        int[] history = from.asSlice(
                        (long) rows * ROW_BYTES + (long) begin * Integer.BYTES, (long) length * Integer.BYTES)
                .toArray(JAVA_INT);
        return new SampleRow(
                params,
                at.get(JAVA_INT, POSITION),
                at.get(JAVA_INT, SLOT),
                history,
                at.get(JAVA_INT, PROMPT_LENGTH),
                at.get(JAVA_INT, IS_PENDING) != 0);
    }
}
