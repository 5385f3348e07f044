package io.millrace.model.onnx;

import java.util.Arrays;
import java.util.List;

/** Bytes {@code offset .. offset + bytes} of a weight file as a tensor, row-major, little-endian. */
public record ExternalTensor(String name, ElementType type, List<Long> shape, long offset) {
    public ExternalTensor {
        shape = List.copyOf(shape);
    }

    public long elements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    public long bytes() {
        return Math.multiplyExact(elements(), type.bytes());
    }

    /** The same bytes under another name and shape. */
    public ExternalTensor as(String newName, long... newShape) {
        ExternalTensor other = new ExternalTensor(
                newName, type, Arrays.stream(newShape).boxed().toList(), offset);
        if (other.elements() != elements()) {
            throw new IllegalArgumentException(name + " has " + elements() + " elements, not " + other.elements());
        }
        return other;
    }
}
