/**
 * Attention of decoder steps on the CPU, in Java's vectors: what ONNX Runtime's GroupQueryAttention computes, over a cache whose
 * keys lie in blocks that vectors read without sums across lanes. Pure: works on memory it is given, on the thread that calls,
 * and knows neither sessions nor steps. Needs the module {@code jdk.incubator.vector}; nothing else may use it.
 *
 * <p>A row's result is the same to the bit whatever other rows are computed, and whether its tokens come one by one or as
 * a chunk: every sum has one order, by width and by position.
 */
package io.millrace.ort.attention;
