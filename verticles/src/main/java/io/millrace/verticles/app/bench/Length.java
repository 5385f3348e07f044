package io.millrace.verticles.app.bench;

/**
 * How long one request is.
 *
 * @param promptTokens to within the few tokens that a server's tokenizer and chat template add
 * @param maxTokens    most tokens to generate
 */
public record Length(int promptTokens, int maxTokens) {}
