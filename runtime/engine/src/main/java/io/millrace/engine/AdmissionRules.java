package io.millrace.engine;

import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import java.util.Optional;

/** Who is let in: what the model can serve, while there is a place to wait. */
final class AdmissionRules {
    private final Limits limits;
    private final int contextTokens;
    private final Roster roster;
    private final StartRate startRate;

    AdmissionRules(Limits limits, int contextTokens, Roster roster, StartRate startRate) {
        require(contextTokens >= 1, "contextTokens must be at least 1");
        require(limits.maxBatch() >= 1, "maxBatch must be at least 1");
        require(limits.blockTokens() >= 1, "blockTokens must be at least 1");
        require(limits.prefillChunk() >= 1, "prefillChunk must be at least 1");
        require(limits.stepsInFlight() >= 1, "stepsInFlight must be at least 1");
        require(limits.maxWaiting() >= 1, "maxWaiting must be at least 1");
        require(limits.tokenBudget() >= limits.maxBatch(), "tokenBudget must hold one token for each of maxBatch");
        require(limits.maxWaitingTokens() >= contextTokens, "maxWaitingTokens must hold one prompt of contextTokens");
        require(
                (long) limits.kvBlocks() * limits.blockTokens() >= contextTokens,
                "kvBlocks of blockTokens must hold one sequence of contextTokens");
        this.limits = limits;
        this.contextTokens = contextTokens;
        this.roster = roster;
        this.startRate = startRate;
    }

    Optional<Rejection> refusal(SequenceSpec spec, long nowNanos) {
        int prompt = spec.tokens().length;
        if (prompt - spec.generated() < 1) {
            return Optional.of(Rejection.invalid("prompt", "prompt has no tokens; it must have at least 1"));
        }
        if (prompt > contextTokens) {
            return Optional.of(Rejection.invalid(
                    "prompt", "prompt has " + prompt + " tokens; the context holds " + contextTokens));
        }
        if (spec.maxTokens() < 0) {
            return Optional.of(Rejection.invalid("max_tokens", "max_tokens is negative"));
        }
        if (spec.generated() < 0 || spec.maxTokens() != 0 && spec.generated() >= spec.maxTokens()) {
            return Optional.of(Rejection.invalid(
                    "max_tokens", spec.generated() + " tokens are generated; max_tokens is " + spec.maxTokens()));
        }
        return full(prompt)
                .map(message -> Rejection.overloaded(
                        message, startRate.timeFor(roster.waiting().size(), nowNanos)));
    }

    private Optional<String> full(int prompt) {
        if (roster.living().size() >= limits.maxStreams()) {
            return Optional.of(limits.maxStreams() + " streams are alive, as many as are served");
        }
        if (roster.waiting().size() >= limits.maxWaiting()) {
            return Optional.of(limits.maxWaiting() + " requests wait, as many as may");
        }
        if (roster.waitingTokens() + prompt > limits.maxWaitingTokens()) {
            return Optional.of("with this prompt more than " + limits.maxWaitingTokens() + " prompt tokens would wait");
        }
        return Optional.empty();
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
