package io.millrace.model.graph;

import io.millrace.model.gguf.GgmlType;
import io.millrace.model.onnx.ElementType;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Decides which {@link WeightMatrix} each matrix of a precision is. */
final class MatrixFormats {
    private static final Set<GgmlType> FOUR_BITS = Set.of(GgmlType.Q4_0, GgmlType.Q4_1, GgmlType.Q4_K);

    private final WeightPrecision precision;
    private final Function<String, GgmlType> types;
    private final RegionAllocator file;

    /** @param types of the checkpoint's tensors by name */
    MatrixFormats(WeightPrecision precision, Function<String, GgmlType> types, RegionAllocator file) {
        this.precision = precision;
        this.types = types;
        this.file = file;
    }

    WeightMatrix ofLayer(MatrixSource source) {
        return switch (precision) {
            case AUTO -> FOUR_BITS.containsAll(stored(source)) ? fourBits(source) : ofTable(source);
            case INT4 -> fourBits(source);
            case W8A8 -> WeightMatrix.ScaledRows.of(source, file);
            case INT8, FP8, FP16, FP32 -> ofTable(source);
        };
    }

    /** Of the embedding, which has 8 bits at least. */
    WeightMatrix.Table ofTable(MatrixSource source) {
        return switch (precision) {
            case AUTO, INT4, INT8, W8A8 -> WeightMatrix.Blocks8.of(source, file);
            case FP8 -> WeightMatrix.ScaledFloats.of(source, file);
            case FP16 -> WeightMatrix.Floats.of(source, ElementType.FLOAT16, file);
            case FP32 -> WeightMatrix.Floats.of(source, ElementType.FLOAT32, file);
        };
    }

    /** Of a head that is not the embedding, too. */
    WeightMatrix ofHead(MatrixSource source) {
        return precision == WeightPrecision.W8A8 ? ofLayer(source) : ofTable(source);
    }

    private WeightMatrix fourBits(MatrixSource source) {
        boolean shifted = !stored(source).equals(Set.of(GgmlType.Q4_0));
        return WeightMatrix.Blocks4.of(source, shifted, file);
    }

    private Set<GgmlType> stored(MatrixSource source) {
        return source.parts().stream()
                .map(part -> types.apply(part.tensor() + ".weight"))
                .collect(Collectors.toSet());
    }
}
