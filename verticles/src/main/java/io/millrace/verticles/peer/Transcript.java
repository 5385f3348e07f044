package io.millrace.verticles.peer;

import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.Usage;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import java.util.Arrays;
import java.util.Optional;

/** A sequence's tokens so far, from which another node can go on. Owned by the sequence's loop. */
public final class Transcript {
    private final SequenceSpec spec;
    private int[] tokens;
    private int length;

    public Transcript(SequenceSpec spec) {
        this.spec = spec;
        this.tokens = spec.tokens();
        this.length = tokens.length;
    }

    /** Of prompt and output together. */
    public int length() {
        return length;
    }

    /** Number of the last token of output; 0 where there is none. */
    public int generated() {
        return length - spec.tokens().length + spec.generated();
    }

    public void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, length + Math.max(64, length / 2));
        }
        tokens[length++] = token;
    }

    /** What is left to do. */
    public SequenceSpec rest() {
        return new SequenceSpec(
                Arrays.copyOf(tokens, length),
                generated(),
                spec.maxTokens(),
                spec.sampling(),
                spec.salt(),
                spec.endTokens());
    }

    /** Its end with an error that no scheduler of this node has told of. */
    public SequenceEvent.Ended failed(Rejection why) {
        Usage usage = new Usage(length - generated(), generated());
        return new SequenceEvent.Ended(PeerMessages.NO_ID, FinishReason.ERROR, usage, Optional.of(why));
    }
}
