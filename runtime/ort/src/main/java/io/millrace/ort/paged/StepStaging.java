package io.millrace.ort.paged;

import io.millrace.ort.device.Device;
import java.lang.foreign.MemorySegment;

/**
 * Host memory of one step in flight: what goes to the device, and what comes back. A rank has as many as there may be steps
 * in flight, and takes them in turn.
 *
 * @param inputs the packed step
 * @param result ids and log-probabilities, or hidden states
 */
record StepStaging(MemorySegment inputs, MemorySegment result) {

    static StepStaging allocate(Owned owned, Device device, RankModel model, long inputBytes) {
        long result =
                model.rank().layers().hasHead() ? StepTensors.resultBytes(model) : model.hiddenBytes(model.maxTokens());
        return new StepStaging(owned.staging(device, inputBytes), owned.staging(device, result));
    }
}
