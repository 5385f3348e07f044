/**
 * From what a model can do ({@link io.millrace.api.ModelManifest}) to ONNX: shard graphs, and the file of weights they map.
 *
 * <p>{@link io.millrace.model.graph.WeightFile} derives the weights once and keeps them;
 * {@link io.millrace.model.graph.ShardGraph} is small and built anew at every start. No session runs here, and no
 * architecture is known by name: a new one adds capabilities to the manifest.
 */
package io.millrace.model.graph;
