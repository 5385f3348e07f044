package io.millrace.model.paged;

import io.millrace.api.TokenizerSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A vocabulary for models that learned none: every byte is a token, and the others are shown by their number. No token
 * ends a text, so that generation is as long as it was asked to be.
 */
final class RandomVocabulary {
    private static final int BYTES = 256;
    private static final int NORMAL = 1;
    private static final int NONE = -1;

    private RandomVocabulary() {}

    /** @param size at least 256 */
    static TokenizerSpec of(int size) {
        List<String> tokens = new ArrayList<>(size);
        int spare = BYTES;
        for (int value = 0; value < BYTES; value++) {
            tokens.add(Character.toString(printable(value) ? value : spare++));
        }
        for (int id = BYTES; id < size; id++) {
            tokens.add("<|" + id + "|>");
        }
        List<Integer> types = Collections.nCopies(size, NORMAL);
        return new TokenizerSpec("gpt2", "gpt-2", tokens, types, List.of(), NONE, NONE, NONE, false, Optional.empty());
    }

    /** Whether a byte stands for itself in GPT-2's {@code bytes_to_unicode}; the others are U+0100 and on. */
    private static boolean printable(int value) {
        return value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xac || value >= 0xae;
    }
}
