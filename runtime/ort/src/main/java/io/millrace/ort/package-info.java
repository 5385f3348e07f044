/**
 * Runs models on ONNX Runtime: sessions, KV cache, sampling. Reached through
 * {@link io.millrace.engine.ModelRunnerProvider} and the other service interfaces of the engine only, so nothing but providers
 * is public.
 *
 * <p>{@link io.millrace.ort.StepLayout} decides which session calls a step takes; {@link io.millrace.ort.CpuStage}
 * makes them in {@link io.millrace.ort.Lanes}; {@link io.millrace.ort.Sampler} draws the tokens. A stage and all it holds belong to one
 * worker thread, which hands the second lane's part of a step to a thread of the stage's own and waits for it.
 */
package io.millrace.ort;
