package io.millrace.model.paged;

import io.millrace.model.onnx.ElementType;
import java.util.List;

/** A weight of a rank: an input of its graph, row-major, little-endian. */
public record WeightTensor(String name, ElementType type, List<Long> shape) {
    public WeightTensor {
        shape = List.copyOf(shape);
    }

    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    public long bytes() {
        return Math.multiplyExact(elements(), type.bytes());
    }
}
