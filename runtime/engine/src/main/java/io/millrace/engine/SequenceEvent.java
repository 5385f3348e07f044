package io.millrace.engine;

import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.Usage;
import java.util.Optional;

/** What a sequence's stream is told: {@code Sampled* Ended}, in this order and nothing after it. */
public sealed interface SequenceEvent {

    long id();

    /** Tokens of the prompt that the prefix cache held when the sequence began. */
    int cachedTokens();

    /**
     * One token of output.
     *
     * @param number  from 1 up without gaps, the same as in {@link io.millrace.api.TokenEvent.Token}
     * @param logProb as in {@link StepResult}; NaN where the runner gives none
     */
    record Sampled(long id, int number, int token, float logProb, int cachedTokens) implements SequenceEvent {
        /** A token of unknown probability, of a sequence that nothing was cached of. */
        public Sampled(long id, int number, int token) {
            this(id, number, token, Float.NaN, 0);
        }
    }

    /**
     * The sequence is gone from the scheduler; its id is unknown from here on.
     *
     * @param usage completion tokens are those sent as {@link Sampled}; an end token is not among them
     * @param error present exactly when {@code reason} is {@link FinishReason#ERROR}
     */
    record Ended(long id, FinishReason reason, Usage usage, Optional<Rejection> error) implements SequenceEvent {
        @Override
        public int cachedTokens() {
            return usage.cachedTokens();
        }
    }
}
