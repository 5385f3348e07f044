/**
 * Continuous batching: which sequences run in the next step, and what a finished step means for them.
 *
 * <p>Pure and deterministic. No thread, no clock, no socket, no tensor lives here: time, seeds and results are passed
 * in, plans and events come out. The model stands behind {@link io.millrace.engine.ModelStage}.
 */
package io.millrace.engine;
