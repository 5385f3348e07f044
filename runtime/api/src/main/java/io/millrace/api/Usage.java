package io.millrace.api;

/** Tokens read and written by one generation. */
public record Usage(int promptTokens, int completionTokens) {}
