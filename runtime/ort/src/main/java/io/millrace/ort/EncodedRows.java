package io.millrace.ort;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.api.SamplingParams;
import io.millrace.ort.device.SampleRow;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Sampling rows as bytes: one record a row, and after the records all histories, int32, one behind the other. */
final class EncodedRows {
    private static final long RECORD = 64;
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

    static long bytes(int rows, int historyTokens) {
        return rows * RECORD + (long) historyTokens * Integer.BYTES;
    }

    static void write(List<SampleRow> rows, MemorySegment to) {
        int begin = 0;
        for (int i = 0; i < rows.size(); i++) {
            SampleRow row = rows.get(i);
            write(row, begin, to.asSlice(i * RECORD, RECORD));
            long at = rows.size() * RECORD + (long) begin * Integer.BYTES;
            MemorySegment.copy(row.history(), 0, to, JAVA_INT, at, row.history().length);
            begin += row.history().length;
        }
    }

    private static void write(SampleRow row, int begin, MemorySegment to) {
        SamplingParams params = row.params();
        to.set(JAVA_LONG, SEED, params.seed());
        to.set(JAVA_INT, POSITION, row.position());
        to.set(JAVA_INT, SLOT, row.slot());
        to.set(JAVA_FLOAT, TEMPERATURE, params.temperature());
        to.set(JAVA_INT, TOP_K, params.topK());
        to.set(JAVA_FLOAT, TOP_P, params.topP());
        to.set(JAVA_FLOAT, MIN_P, params.minP());
        to.set(JAVA_FLOAT, REPETITION, params.repetitionPenalty());
        to.set(JAVA_FLOAT, PRESENCE, params.presencePenalty());
        to.set(JAVA_FLOAT, FREQUENCY, params.frequencyPenalty());
        to.set(JAVA_INT, HISTORY_BEGIN, begin);
        to.set(JAVA_INT, HISTORY_END, begin + row.history().length);
        to.set(JAVA_INT, PROMPT_LENGTH, row.promptLength());
        to.set(JAVA_INT, IS_PENDING, row.pending() ? 1 : 0);
    }

    /** Row {@code i} of {@code rows}. */
    static SampleRow read(MemorySegment from, int rows, int i) {
        MemorySegment at = from.asSlice(i * RECORD, RECORD);
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
        int[] history = from.asSlice(rows * RECORD + (long) begin * Integer.BYTES, (long) length * Integer.BYTES)
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
