package io.millrace.model.graph;

import static io.millrace.model.onnx.OnnxGraph.MICROSOFT;
import static io.millrace.model.onnx.OnnxGraph.STANDARD;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.ExternalTensor;
import io.millrace.model.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The nodes of a product with a matrix, by how it is kept. */
final class MatrixProduct {
    /** Activations are quantized to 8 bit too: the fast kernels. */
    private static final long INT8_ACTIVATIONS = 4;

    private final OnnxGraph graph;

    MatrixProduct(OnnxGraph graph) {
        this.graph = graph;
    }

    /**
     * {@code x} times the transposed matrix, plus its bias where it has one.
     *
     * @param x      {@code [batch, sequence, columns]}
     * @param output its name, which is returned: {@code [batch, sequence, rows]}
     */
    String append(WeightMatrix matrix, String x, String output) {
        return switch (matrix) {
            case WeightMatrix.Blocks8 blocks -> product(blocks, Optional.of(blocks.zeros()), x, output);
            case WeightMatrix.Blocks4 blocks -> shiftedProduct(blocks, x, output);
            case WeightMatrix.ScaledRows rows -> QuantizedProduct.append(graph, rows, x, output);
            case WeightMatrix.ScaledFloats floats -> product(floats, unscaled(floats, output), x, output);
            case WeightMatrix.Floats floats -> product(floats, asFloat32(floats.values(), output), x, output);
        };
    }

    private String product(WeightMatrix.InBlocks matrix, Optional<ExternalTensor> zeros, String x, String output) {
        List<String> inputs = new ArrayList<>(List.of(
                x,
                graph.weight(matrix.values()),
                graph.weight(matrix.scales()),
                zeros.map(graph::weight).orElse("")));
        matrix.bias().ifPresent(bias -> inputs.addAll(List.of("", graph.weight(bias))));
        Map<String, ?> attributes = Map.of(
                "K", (long) matrix.columns(),
                "N", (long) matrix.rows(),
                "bits", (long) matrix.bits(),
                "block_size", (long) Block8.SIZE,
                "accuracy_level", INT8_ACTIVATIONS);
        graph.node(MICROSOFT, "MatMulNBits", inputs, List.of(output), attributes);
        return output;
    }

    private String shiftedProduct(WeightMatrix.Blocks4 matrix, String x, String output) {
        if (matrix.offsets().isEmpty()) {
            return product(matrix, Optional.empty(), x, output);
        }
        String product = product(matrix, Optional.empty(), x, output + ".product");
        String offsets = graph.weight(matrix.offsets().get());
        String correction =
                graph.apply(STANDARD, "MatMul", output + ".correction", Map.of(), blockSums(matrix, x), offsets);
        return graph.apply(STANDARD, "Add", output, Map.of(), product, correction);
    }

    /** {@code [batch, sequence, columns]} to {@code [batch, sequence, blocks]}. */
    private String blockSums(WeightMatrix.InBlocks matrix, String x) {
        String shape = graph.longs("blocks_of_" + matrix.columns(), 0, 0, matrix.blocks(), Block4.SIZE);
        String blocks = graph.apply(STANDARD, "Reshape", x + ".blocks", Map.of(), x, shape);
        String last = graph.longs("last_axis", -1);
        return graph.apply(STANDARD, "ReduceSum", x + ".block_sums", Map.of("keepdims", 0L), blocks, last);
    }

    private String product(WeightMatrix matrix, String values, String x, String output) {
        String product = matrix.bias().isPresent() ? output + ".product" : output;
        graph.apply(MICROSOFT, "FusedMatMul", product, Map.of("transB", 1L), x, values);
        matrix.bias().ifPresent(bias -> graph.apply(STANDARD, "Add", output, Map.of(), product, graph.weight(bias)));
        return output;
    }

    /** Its float32, as of {@link #asFloat32}. */
    String unscaled(WeightMatrix.ScaledFloats matrix, String name) {
        String values = asFloat32(matrix.values(), name);
        String scales = graph.weight(matrix.scales());
        return graph.apply(STANDARD, "Mul", name + ".scaled_weights", Map.of(), values, scales);
    }

    /** Shorter floats become float32 when the session loads, once: what never changes is folded. */
    private String asFloat32(ExternalTensor values, String name) {
        String stored = graph.weight(values);
        return values.type() == ElementType.FLOAT32
                ? stored
                : graph.apply(
                        STANDARD, "Cast", name + ".weights", Map.of("to", (long) ElementType.FLOAT32.onnx()), stored);
    }
}
