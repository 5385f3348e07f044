package io.millrace.ort;

import io.millrace.api.SamplingParams;

/** Lowers the logits of tokens that were there before. Holds scratch memory; owned by one thread. */
final class Penalties {
    /** By token, all zero between calls. */
    private final boolean[] seen;

    private final int[] outputCount;

    Penalties(int vocabulary) {
        seen = new boolean[vocabulary];
        outputCount = new int[vocabulary];
    }

    /** The repetition penalty of CTRL (Keskar et al., 2019) first, then OpenAI's presence and frequency penalties. */
    void apply(LogitRow logits, SamplingParams params, int[] history, int promptLength) {
        for (int token : history) {
            if (!seen[token]) {
                seen[token] = true;
                float logit = logits.get(token);
                float penalty = params.repetitionPenalty();
                logits.set(token, logit > 0 ? logit / penalty : logit * penalty);
            }
        }
        for (int i = promptLength; i < history.length; i++) {
            outputCount[history[i]]++;
        }
        for (int token : history) {
            seen[token] = false;
            if (outputCount[token] > 0) {
                float penalty = params.presencePenalty() + outputCount[token] * params.frequencyPenalty();
                logits.set(token, logits.get(token) - penalty);
                outputCount[token] = 0;
            }
        }
    }
}
