package io.millrace.api;

/**
 * Tokens read and written by one generation.
 *
 * @param cachedTokens those of the prompt that were not computed, since the prefix cache held them when the generation began
 */
public record Usage(int promptTokens, int completionTokens, int cachedTokens) {

    /** Of a generation that found nothing in the prefix cache. */
    public Usage(int promptTokens, int completionTokens) {
        this(promptTokens, completionTokens, 0);
    }
}
