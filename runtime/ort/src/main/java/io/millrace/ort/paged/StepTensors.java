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

    static StepTensors allocate(Owned owned, Device device, RankModel model, long inputBytes) {
        boolean embeds = model.rank().layers().embeds();
        boolean head = model.rank().layers().hasHead();
        long hidden = model.hiddenBytes(model.maxTokens());
        MemorySegment none = MemorySegment.NULL;
        return new StepTensors(
                owned.allocate(device, inputBytes),
                owned.allocate(device, (long) model.limits().maxBatch() * Integer.BYTES),
                embeds ? none : owned.allocate(device, hidden),
                head ? none : owned.allocate(device, hidden),
                head ? owned.allocate(device, model.logitBytes()) : none,
                owned.allocate(device, resultBytes(model)));
    }

    static long resultBytes(RankModel model) {
        return (long) model.limits().maxBatch() * (Integer.BYTES + Float.BYTES);
    }

    MemorySegment logProbs() {
        return results.asSlice(results.byteSize() / 2);
    }
}
