package io.millrace.engine;

/**
 * How a device computes prompts best.
 *
 * @param tokens  of one step beyond which it computes them no faster: what comes together is computed one after the other, so that
 *                the first need not wait for the last. At least 1
 * @param abreast prompts that it computes side by side faster than one after the other: so many share a step where as many are
 *                there. At least 1
 */
public record PromptPace(int tokens, int abreast) {
    /** One prompt after the other. */
    public static PromptPace of(int tokens) {
        return new PromptPace(tokens, 1);
    }
}
