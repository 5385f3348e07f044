package io.millrace.verticles.peer;

import io.millrace.verticles.batching.SequenceRunner;

/**
 * What a node computes for others.
 *
 * @param tokenizer what the model's token ids mean, see {@code ServedModel}
 */
public record Offer(String model, String tokenizer, SequenceRunner runner) {}
