package io.millrace.ort.paged;

import io.millrace.ort.device.Device;
import java.lang.foreign.MemorySegment;

/**
 * A rank's device memory for one step, as large as the largest: work is done in the order it is queued, so one of each is
 * enough for any number of steps in flight. What a rank has no use for is null.
 *
 * @param inputs      the packed step
 * @param lastSampled int32 {@code [slots]}
 * @param hiddenIn    {@code [T, hidden]}, where the rank does not embed
 * @param hiddenOut   {@code [T, hidden]}, where it has no head
 * @param logits      {@code [R, vocabulary]}, where it has one
 * @param results     int32 ids {@code [slots]}, then float32 log-probabilities {@code [slots]}
 */
record StepTensors(
        MemorySegment inputs,
        MemorySegment lastSampled,
        MemorySegment hiddenIn,
        MemorySegment hiddenOut,
        MemorySegment logits,
        MemorySegment results) {

    static StepTensors allocate(Device device, RankModel model, long inputBytes) {
        boolean embeds = model.rank().layers().embeds();
        boolean head = model.rank().layers().hasHead();
        int slots = model.limits().maxBatch();
        long hidden = model.hiddenBytes(model.maxTokens());
        MemorySegment none = MemorySegment.NULL;
        MemorySegment lastSampled = device.allocate((long) slots * Integer.BYTES);
        device.fill(lastSampled, (byte) 0);
        return new StepTensors(
                device.allocate(inputBytes),
                lastSampled,
                embeds ? none : device.allocate(hidden),
                head ? none : device.allocate(hidden),
                head ? device.allocate(model.logitBytes()) : none,
                device.allocate(resultBytes(model)));
    }

    static long resultBytes(RankModel model) {
        return (long) model.limits().maxBatch() * (Integer.BYTES + Float.BYTES);
    }

    MemorySegment logProbs() {
        return results.asSlice(results.byteSize() / 2);
    }

    void release(Device device) {
        for (MemorySegment memory : new MemorySegment[] {inputs, lastSampled, hiddenIn, hiddenOut, logits, results}) {
            if (!memory.equals(MemorySegment.NULL)) {
                device.release(memory);
            }
        }
    }
}
