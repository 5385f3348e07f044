/**
 * Reads GGUF files: header, metadata, tensors, and what other modules need to know of the model in them.
 *
 * <p>A file comes from the network, so all of it is hostile: every length and offset is checked with exact arithmetic
 * before it is used, every count has a maximum, and the one thing that a bad file can cause is a
 * {@link io.millrace.model.gguf.GgufException}. Weights stay in the mapped file; nothing here copies them to the heap.
 *
 * <p>The format is described at <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">ggml's docs/gguf.md</a>.
 * No graph and no tokenizer is built here.
 */
package io.millrace.model.gguf;
