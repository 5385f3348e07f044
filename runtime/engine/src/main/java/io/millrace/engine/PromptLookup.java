package io.millrace.engine;

import java.util.Arrays;

/**
 * Prompt lookup (Saxena, 2023): where the last tokens stand earlier in the same text, it may go on as it did there. Of several
 * places that one counts before which most is alike, and of those the last. One token that is alike is reason enough, since
 * {@link Speculation} goes by what came true.
 */
final class PromptLookup implements DraftSource {
    /** Tokens that are compared: nothing is gained by more. */
    private static final int LONGEST = 8;

    private static final int[] NOTHING = {};

    @Override
    public int[] draft(int[] tokens, int length, int most) {
        int longest = 0;
        int place = 0;
        for (int end = length - 1; end > 0 && longest < LONGEST; end--) {
            int alike = alike(tokens, end, length);
            if (alike > longest) {
                longest = alike;
                place = end;
            }
        }
        return longest == 0 ? NOTHING : following(tokens, place, length, most);
    }

    /** Tokens before {@code end} that are the same as those before {@code length}. */
    private static int alike(int[] tokens, int end, int length) {
        int most = Math.min(end, LONGEST);
        int count = 0;
        while (count < most && tokens[end - 1 - count] == tokens[length - 1 - count]) {
            count++;
        }
        return count;
    }

    /** Where the known tokens end, a repetition that has begun goes on. */
    private static int[] following(int[] tokens, int place, int length, int most) {
        int[] drafts = Arrays.copyOfRange(tokens, place, place + most);
        for (int i = length - place; i < most; i++) {
            drafts[i] = drafts[i - (length - place)];
        }
        return drafts;
    }
}
