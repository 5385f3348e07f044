package io.millrace.model.graph;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.ExternalTensor;
import java.util.Optional;

/** The regions of a matrix in the weight file: one record for each way to keep it. Its bias is float32 {@code [rows]} in all of them. */
sealed interface WeightMatrix {
    MatrixSource source();

    ExternalTensor values();

    Optional<ExternalTensor> bias();

    default int rows() {
        return source().rows();
    }

    default int columns() {
        return source().columns();
    }

    /** In blocks of 32 along a row, each with a scale: float32 {@code [rows * blocks]}. */
    sealed interface InBlocks extends WeightMatrix {
        int bits();

        ExternalTensor scales();

        default int blocks() {
            return source().blocks();
        }
    }

    /** One whose rows can be looked up, too: an embedding. */
    sealed interface Table extends WeightMatrix {}

    /**
     * Blocks as {@link Block8} has them.
     *
     * @param values uint8 {@code [rows, blocks, 32]}
     * @param zeros  uint8 {@code [rows * blocks]}
     */
    record Blocks8(
            MatrixSource source,
            ExternalTensor values,
            ExternalTensor scales,
            ExternalTensor zeros,
            Optional<ExternalTensor> bias)
            implements InBlocks, Table {
        static Blocks8 of(MatrixSource source, RegionAllocator file) {
            long blocks = (long) source.rows() * source.blocks();
            return new Blocks8(
                    source,
                    file.region(
                            source.name() + ".values", ElementType.UINT8, source.rows(), source.blocks(), Block8.SIZE),
                    file.region(source.name() + ".scales", ElementType.FLOAT32, blocks),
                    file.region(source.name() + ".zeros", ElementType.UINT8, blocks),
                    biasOf(source, file));
        }

        @Override
        public int bits() {
            return 8;
        }
    }

    /**
     * Blocks as {@link Block4} has them.
     *
     * @param values  uint8 {@code [rows, blocks, 16]}
     * @param offsets where any is not zero, float32 {@code [blocks, rows]}: as the right side of a product
     */
    record Blocks4(
            MatrixSource source,
            ExternalTensor values,
            ExternalTensor scales,
            Optional<ExternalTensor> offsets,
            Optional<ExternalTensor> bias)
            implements InBlocks {
        static Blocks4 of(MatrixSource source, boolean shifted, RegionAllocator file) {
            int rows = source.rows();
            int blocks = source.blocks();
            return new Blocks4(
                    source,
                    file.region(source.name() + ".values", ElementType.UINT8, rows, blocks, Block4.SIZE / 2),
                    file.region(source.name() + ".scales", ElementType.FLOAT32, (long) rows * blocks),
                    shifted
                            ? Optional.of(file.region(source.name() + ".offsets", ElementType.FLOAT32, blocks, rows))
                            : Optional.empty(),
                    biasOf(source, file));
        }

        @Override
        public int bits() {
            return 4;
        }
    }

    /**
     * A scale a row, as {@link QuantizedRow} has it.
     *
     * @param values uint8 {@code [columns, rows]}
     * @param scales float32 {@code [rows]}
     */
    record ScaledRows(MatrixSource source, ExternalTensor values, ExternalTensor scales, Optional<ExternalTensor> bias)
            implements WeightMatrix {
        static ScaledRows of(MatrixSource source, RegionAllocator file) {
            return new ScaledRows(
                    source,
                    file.region(source.name() + ".values", ElementType.UINT8, source.columns(), source.rows()),
                    file.region(source.name() + ".scales", ElementType.FLOAT32, source.rows()),
                    biasOf(source, file));
        }
    }

    /**
     * Floats of 8 bits (E4M3) with a scale a row.
     *
     * @param values float8 {@code [rows, columns]}
     * @param scales float32 {@code [rows, 1]}
     */
    record ScaledFloats(
            MatrixSource source, ExternalTensor values, ExternalTensor scales, Optional<ExternalTensor> bias)
            implements Table {
        static ScaledFloats of(MatrixSource source, RegionAllocator file) {
            return new ScaledFloats(
                    source,
                    file.region(source.name() + ".values", ElementType.FLOAT8E4M3FN, source.rows(), source.columns()),
                    file.region(source.name() + ".scales", ElementType.FLOAT32, source.rows(), 1),
                    biasOf(source, file));
        }
    }

    /** @param values float16 or float32 {@code [rows, columns]} */
    record Floats(MatrixSource source, ExternalTensor values, Optional<ExternalTensor> bias) implements Table {
        static Floats of(MatrixSource source, ElementType type, RegionAllocator file) {
            return new Floats(
                    source,
                    file.region(source.name() + ".values", type, source.rows(), source.columns()),
                    biasOf(source, file));
        }
    }

    private static Optional<ExternalTensor> biasOf(MatrixSource source, RegionAllocator file) {
        return source.bias()
                ? Optional.of(file.region(source.name() + ".bias", ElementType.FLOAT32, source.rows()))
                : Optional.empty();
    }
}
