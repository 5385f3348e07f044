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

    static StepStaging allocate(Device device, RankModel model, long inputBytes) {
        long result =
                model.rank().layers().hasHead() ? StepTensors.resultBytes(model) : model.hiddenBytes(model.maxTokens());
        return new StepStaging(device.staging(inputBytes), device.staging(result));
    }

    void release(Device device) {
        device.releaseStaging(inputs);
        device.releaseStaging(result);
    }
}
