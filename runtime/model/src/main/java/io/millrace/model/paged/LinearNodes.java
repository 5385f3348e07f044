package io.millrace.model.paged;

import static io.millrace.model.onnx.OnnxGraph.MICROSOFT;
import static io.millrace.model.onnx.OnnxGraph.MILLRACE;
import static io.millrace.model.onnx.OnnxGraph.STANDARD;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.OnnxGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Matrix products and the gate of the feed-forward part, in the operators of a dialect and a weight format. */
final class LinearNodes {
    private final GraphDialect dialect;
    private final OnnxGraph graph;

    LinearNodes(GraphDialect dialect, OnnxGraph graph) {
        this.dialect = dialect;
        this.graph = graph;
    }

    /** {@code [T, columns]} to {@code [T, rows]}: {@code x} times the transposed matrix, plus its bias where it has one. */
    String append(Matrix matrix, String x, String output) {
        switch (matrix.format()) {
            case DENSE -> dense(matrix, x, output);
            case FP8 -> fp8(matrix, x, output);
            case INT8, INT4 -> blocks(matrix, x, output);
        }
        return output;
    }

    /**
     * {@code [T, columns]} to {@code [T, rows / 2]}: {@code x} times the transposed matrix, and then the sigmoid-weighted first
     * half of each result times its second. One operator where the dialect has it, so that few rows take one kernel.
     */
    String gated(Matrix matrix, String x, String output) {
        if (dialect.ownKernels() && matrix.bias().isEmpty()) {
            switch (matrix.format()) {
                case DENSE -> {
                    graph.node(MILLRACE, "LinearSiluMul", inputs(matrix, x), List.of(output), Map.of());
                    return output;
                }
                case FP8 -> {
                    graph.node(MILLRACE, "LinearFp8SiluMul", inputs(matrix, x), List.of(output), Map.of());
                    return output;
                }
                case INT8, INT4 -> {}
            }
        }
        return gate(append(matrix, x, output + ".both"), matrix.rows() / 2, output);
    }

    private String gate(String both, int width, String output) {
        if (dialect.ownKernels()) {
            return graph.apply(MILLRACE, "SiluMul", output, Map.of(), both);
        }
        String gate = output + ".gate";
        String up = output + ".up";
        String halves = graph.longs("halves", width, width);
        graph.node(STANDARD, "Split", List.of(both, halves), List.of(gate, up), Map.of("axis", -1L));
        String silu = graph.apply(MICROSOFT, "QuickGelu", output + ".silu", Map.of("alpha", 1f), gate);
        return graph.apply(STANDARD, "Mul", output, Map.of(), silu, up);
    }

    private void dense(Matrix matrix, String x, String output) {
        if (dialect.ownKernels()) {
            graph.node(MILLRACE, "Linear", inputs(matrix, x), List.of(output), Map.of());
        } else {
            graph.node(STANDARD, "Gemm", inputs(matrix, x), List.of(output), Map.of("transB", 1L));
        }
    }

    /** Where there is no kernel for it the whole matrix becomes floats again, in every run: right, and slow. */
    private void fp8(Matrix matrix, String x, String output) {
        if (dialect.ownKernels()) {
            graph.node(MILLRACE, "LinearFp8", inputs(matrix, x), List.of(output), Map.of());
            return;
        }
        String values = matrix.values().name();
        Map<String, ?> toFloats = Map.of("to", (long) ElementType.FLOAT32.onnx());
        String floats = graph.apply(STANDARD, "Cast", output + ".floats", toFloats, values);
        String unscaled = graph.apply(STANDARD, "Gemm", output + ".unscaled", Map.of("transB", 1L), x, floats);
        String scales = matrix.scales().orElseThrow().name();
        String product = matrix.bias().isPresent() ? output + ".product" : output;
        graph.apply(STANDARD, "Mul", product, Map.of(), unscaled, scales);
        matrix.bias().ifPresent(bias -> graph.apply(STANDARD, "Add", output, Map.of(), product, bias.name()));
    }

    private void blocks(Matrix matrix, String x, String output) {
        Map<String, ?> attributes = Map.of(
                "K", (long) matrix.columns(),
                "N", (long) matrix.rows(),
                "bits", matrix.format() == WeightFormat.INT4 ? 4L : 8L,
                "block_size", (long) matrix.block());
        List<String> inputs = new ArrayList<>(
                List.of(x, matrix.values().name(), matrix.scales().orElseThrow().name()));
        matrix.bias().ifPresent(bias -> inputs.addAll(List.of("", "", bias.name())));
        graph.node(MICROSOFT, "MatMulNBits", inputs, List.of(output), attributes);
    }

    /** Input, values, scales where there are any, bias where there is one. */
    private static List<String> inputs(Matrix matrix, String x) {
        List<String> inputs = new ArrayList<>(List.of(x, matrix.values().name()));
        matrix.scales().ifPresent(scales -> inputs.add(scales.name()));
        matrix.bias().ifPresent(bias -> inputs.add(bias.name()));
        return inputs;
    }
}
