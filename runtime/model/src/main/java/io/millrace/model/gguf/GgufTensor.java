package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A tensor of an open file.
 *
 * @param shape rows first, as numpy sees it: {@code [outputs, inputs]} for a linear layer, one to four dimensions
 * @param data  the blocks of all rows, read-only and exactly as long as shape and type ask for; dies with the file
 */
public record GgufTensor(String name, GgmlType type, long[] shape, MemorySegment data) {
    public GgufTensor {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Elements of the innermost dimension, which blocks never straddle. */
    public long columns() {
        return shape[shape.length - 1];
    }

    /** All dimensions but the innermost multiplied: 1 for a vector. */
    public long rows() {
        return data.byteSize() / rowBytes();
    }

    public long rowBytes() {
        return columns() / type.blockSize() * type.blockBytes();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GgufTensor that
                && name.equals(that.name)
                && type == that.type
                && Arrays.equals(shape, that.shape)
                && data.equals(that.data);
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name + " " + type + Arrays.toString(shape);
    }
}
