package io.millrace.engine;

/** Guesses how a text goes on. Pure: a guess costs time where it is wrong and changes no output, since all are verified. */
@FunctionalInterface
public interface DraftSource {
    /** Where the runner cannot verify drafts. */
    DraftSource NONE = (tokens, length, most) -> new int[0];

    /**
     * The likeliest next tokens, in order; empty where nothing speaks for any.
     *
     * @param tokens of the sequence; those from {@code length} on mean nothing, and none may be changed
     * @param most   tokens to be returned at most, at least 1
     */
    int[] draft(int[] tokens, int length, int most);

    /** {@link PromptLookup}. */
    static DraftSource promptLookup() {
        return new PromptLookup();
    }
}
