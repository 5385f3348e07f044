package io.millrace.model.graph;

import static io.millrace.model.onnx.OnnxGraph.MICROSOFT;
import static io.millrace.model.onnx.OnnxGraph.STANDARD;

import io.millrace.model.onnx.OnnxGraph;
import java.util.List;
import java.util.Map;

/**
 * The product with a matrix that has one scale a row, in whole numbers: each token is rounded to 8 bits by its own largest entry, so that it
 * does not depend on the others of the step.
 */
final class QuantizedProduct {
    private QuantizedProduct() {}

    /**
     * A token of zeros is divided by zero: whatever bytes that gives, their product is multiplied by zero.
     *
     * @param x {@code [batch, sequence, columns]}
     */
    static String append(OnnxGraph graph, WeightMatrix.ScaledRows matrix, String x, String output) {
        String sizes = graph.apply(STANDARD, "Abs", x + ".sizes", Map.of(), x);
        String last = graph.longs("last_axis", -1);
        String largest = graph.apply(STANDARD, "ReduceMax", x + ".largest", Map.of("keepdims", 1L), sizes, last);
        String shares = graph.apply(STANDARD, "Div", x + ".shares", Map.of(), x, largest);
        String step = graph.scalar("step", 1.0 / QuantizedRow.LEVELS);
        String zero = graph.unsignedByte("zero_point", QuantizedRow.ZERO);
        String rounded = graph.apply(STANDARD, "QuantizeLinear", x + ".rounded", Map.of(), shares, step, zero);
        String product = output + ".shares";
        List<String> inputs =
                List.of(rounded, graph.weight(matrix.values()), step, graph.weight(matrix.scales()), zero, zero);
        graph.node(MICROSOFT, "MatMulIntegerToFloat", inputs, List.of(product), Map.of());
        String unbiased = matrix.bias().isPresent() ? output + ".product" : output;
        graph.apply(STANDARD, "Mul", unbiased, Map.of(), product, largest);
        matrix.bias().ifPresent(bias -> graph.apply(STANDARD, "Add", output, Map.of(), unbiased, graph.weight(bias)));
        return output;
    }
}
