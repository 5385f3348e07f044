package io.millrace.verticles.edge;

import io.millrace.api.Usage;
import io.millrace.engine.SequenceSpec;
import java.util.Arrays;

/** A sequence's tokens so far, from which the other tier can go on. Owned by the sequence's loop. */
final class Transcript {
    private final SequenceSpec spec;
    private int[] tokens;
    private int length;

    Transcript(SequenceSpec spec) {
        this.spec = spec;
        this.tokens = spec.tokens();
        this.length = tokens.length;
    }

    /** Number of the last token of output; 0 where there is none. */
    int generated() {
        return length - spec.tokens().length + spec.generated();
    }

    void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, length + Math.max(64, length / 2));
        }
        tokens[length++] = token;
    }

    /** What is left to do. */
    SequenceSpec rest() {
        return new SequenceSpec(
                Arrays.copyOf(tokens, length),
                generated(),
                spec.maxTokens(),
                spec.sampling(),
                spec.salt(),
                spec.endTokens());
    }

    Usage usage() {
        return new Usage(length - generated(), generated());
    }
}
