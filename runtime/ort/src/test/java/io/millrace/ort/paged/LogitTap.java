package io.millrace.ort.paged;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.paged.Rank;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.Fence;
import io.millrace.ort.device.SampleBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Keeps the logits of the last step, as a stage's first rank had them. Written by its thread, read once the step is awaited. */
final class LogitTap implements TappedDevices.Sampling {
    private final ElementType type;
    private volatile float[][] rows = {};
    private MemorySegment staging = MemorySegment.NULL;

    /** @param type of the activations */
    LogitTap(ElementType type) {
        this.type = type;
    }

    /** By row, fillers included. */
    float[][] rows() {
        return rows;
    }

    @Override
    public void sample(Rank rank, Device device, SampleBatch batch) {
        if (rank.leads()) {
            rows = read(device, batch);
        }
        device.kernels().sample(batch);
    }

    private float[][] read(Device device, SampleBatch batch) {
        MemorySegment staging = staging(device, (long) batch.rows() * batch.vocabulary() * type.bytes());
        device.copyOut(staging, batch.logits());
        try (Fence fence = device.fence()) {
            fence.await();
        }
        float[][] read = new float[batch.rows()][batch.vocabulary()];
        for (int row = 0; row < read.length; row++) {
            for (int i = 0; i < read[row].length; i++) {
                read[row][i] = value(staging, (long) row * batch.vocabulary() + i);
            }
        }
        return read;
    }

    /** What steps of warming up took is kept: a rank that allocates later may wait for its peers, and they for it. */
    private MemorySegment staging(Device device, long bytes) {
        if (staging.byteSize() < bytes) {
            staging = device.staging(bytes);
        }
        return staging.asSlice(0, bytes);
    }

    private float value(MemorySegment from, long index) {
        return switch (type) {
            case FLOAT32 -> from.getAtIndex(ValueLayout.JAVA_FLOAT, index);
            case FLOAT16 -> Float.float16ToFloat(from.getAtIndex(ValueLayout.JAVA_SHORT, index));
            case BFLOAT16 -> Float.intBitsToFloat(from.getAtIndex(ValueLayout.JAVA_SHORT, index) << Short.SIZE);
            default -> throw new IllegalArgumentException("logits of " + type);
        };
    }
}
