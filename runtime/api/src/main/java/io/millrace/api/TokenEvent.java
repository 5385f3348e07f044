package io.millrace.api;

import java.util.Optional;

/**
 * What a client learns of one generation: {@code Accepted Token* Finished}, or {@code Rejected} alone.
 *
 * <p>Tokens and the finish share one numbering from 1, without gaps; a resuming client names the last number it saw.
 */
public sealed interface TokenEvent {

    /** Whether nothing follows. */
    default boolean terminal() {
        return false;
    }

    /**
     * The request is admitted.
     *
     * @param handle       unguessable name of the stream, for {@code Resume}; whoever holds it may read the stream
     * @param promptTokens tokens the prompt came to
     */
    record Accepted(String handle, String model, int promptTokens) implements TokenEvent {}

    /**
     * One generated token.
     *
     * @param text what this token adds to the output; empty while bytes of a character, or a possible stop string,
     *             are held back
     */
    record Token(long number, int id, String text) implements TokenEvent {}

    /**
     * The stream is over.
     *
     * @param text  output that was held back until now, often empty
     * @param error present exactly when {@code reason} is {@link FinishReason#ERROR}
     * @param tier  who made the tokens
     */
    record Finished(long number, FinishReason reason, String text, Usage usage, Optional<Rejection> error, Tier tier)
            implements TokenEvent {

        /** Of a node that is no edge. */
        public Finished(long number, FinishReason reason, String text, Usage usage, Optional<Rejection> error) {
            this(number, reason, text, usage, error, Tier.UNSPECIFIED);
        }

        @Override
        public boolean terminal() {
            return true;
        }
    }

    /** The request was not admitted, or a resumption was refused. */
    record Rejected(Rejection rejection) implements TokenEvent {
        @Override
        public boolean terminal() {
            return true;
        }
    }
}
