package io.millrace.ort.device;

import java.lang.foreign.MemorySegment;

/**
 * Rows of logits to draw from, and where the results go.
 *
 * @param rows        {@code R}
 * @param vocabulary  {@code V}
 * @param logits      {@code [R, V]} in activation type (float32 on the host); may be changed
 * @param encoded     what {@link StepKernels#encode} wrote for these rows, copied to the device
 * @param lastSampled int32 {@code [slots]}: gets each row's id at its slot
 * @param ids         int32 {@code [R]}; -1 where a logit is infinite or not a number
 * @param logProbs    float32 {@code [R]}: log-softmax of each id, of the logits as they came, before temperature
 */
public record SampleBatch(
        int rows,
        int vocabulary,
        MemorySegment logits,
        MemorySegment encoded,
        MemorySegment lastSampled,
        MemorySegment ids,
        MemorySegment logProbs) {}
