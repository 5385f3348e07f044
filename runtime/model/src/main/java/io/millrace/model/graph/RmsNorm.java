package io.millrace.model.graph;

import io.millrace.model.onnx.ExternalTensor;
import io.millrace.model.onnx.OnnxGraph;
import java.util.Map;

/** {@code x / sqrt(mean(x^2) + epsilon) * weight} over the last axis (Zhang and Sennrich, 2019). */
final class RmsNorm {
    private RmsNorm() {}

    static String append(OnnxGraph graph, String x, ExternalTensor weight, double epsilon, String output) {
        return graph.apply(
                OnnxGraph.STANDARD,
                "SimplifiedLayerNormalization",
                output,
                Map.of("axis", -1L, "epsilon", (float) epsilon, "stash_type", 1L),
                x,
                graph.weight(weight));
    }
}
