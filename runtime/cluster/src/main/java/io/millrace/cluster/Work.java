package io.millrace.cluster;

/**
 * A request as a {@link Router} sees it.
 *
 * @param tokens prompt tokens to compute and output tokens expected
 * @param prefix a hash of the first tokens of its prompt; requests with the same one share cached blocks
 */
public record Work(long tokens, long prefix) {}
