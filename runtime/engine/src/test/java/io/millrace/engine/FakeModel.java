package io.millrace.engine;

import io.millrace.api.FinishReason;
import java.util.Arrays;

/** A model without arithmetic: its next token is a hash of the seed and of every token before. */
final class FakeModel {
    static final int VOCABULARY = 23;
    static final int END = 0;

    private FakeModel() {}

    static int next(long seed, int[] tokens, int length) {
        long hash = seed;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ (tokens[i] + 1)) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
        }
        return (int) Long.remainderUnsigned(hash, VOCABULARY);
    }

    /** What becomes of a sequence that nothing disturbs. */
    record Reference(int[] output, FinishReason reason) {}

    static Reference reference(SequenceSpec spec, int contextTokens) {
        int prompt = spec.tokens().length;
        int most = contextTokens + 1 - prompt;
        int room = spec.maxTokens() == 0 ? most : Math.min(spec.maxTokens(), most);
        int[] tokens = Arrays.copyOf(spec.tokens(), prompt + room);
        for (int i = prompt; i < tokens.length; i++) {
            int token = next(spec.sampling().seed(), tokens, i);
            if (Arrays.stream(spec.endTokens()).anyMatch(end -> end == token)) {
                return new Reference(Arrays.copyOfRange(tokens, prompt, i), FinishReason.STOP);
            }
            tokens[i] = token;
        }
        return new Reference(Arrays.copyOfRange(tokens, prompt, tokens.length), FinishReason.LENGTH);
    }
}
