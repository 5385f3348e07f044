/**
 * From a model and a plan of ranks to what each rank runs: its ONNX graph over a block-paged cache, and its weights, which
 * are inputs of that graph.
 *
 * <p>{@link io.millrace.model.paged.ShardPlan} says who holds what, {@link io.millrace.model.paged.PagedGraph} writes a rank's
 * graph in the operators of a {@link io.millrace.model.paged.GraphDialect}, {@link io.millrace.model.paged.RankWeights} reads its
 * weights: cut, reordered and converted on their way from the mapped file into the caller's staging memory, so that
 * the host never holds a second copy. No session runs here and no device is known.
 */
package io.millrace.model.paged;
