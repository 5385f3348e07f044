/**
 * Sequences from node to node: a gRPC stream for each, token ids alone, flow-controlled from end to end. Both sides show a
 * certificate of one authority.
 *
 * <p>The way, not the choice: which node computes what is decided by those who use this, {@code cluster} and {@code edge}.
 */
package io.millrace.verticles.peer;
