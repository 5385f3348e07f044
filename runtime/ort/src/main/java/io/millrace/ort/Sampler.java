package io.millrace.ort;

import io.millrace.api.SamplingParams;

/**
 * Draws a token from logits: penalties, temperature, top-k, top-p, min-p, then one draw.
 *
 * <p>All arithmetic is plain Java, so a draw depends on logits, parameters and position alone: not on the machine, the
 * batch or the draws before. Holds scratch memory; owned by one thread.
 */
final class Sampler {
    private final Penalties penalties;
    private final TokenWeights weights;

    Sampler(int vocabulary) {
        penalties = new Penalties(vocabulary);
        weights = new TokenWeights(vocabulary);
    }

    /**
     * @param logits   changed by penalties
     * @param history  all tokens before {@code position}, where the parameters need them
     * @param position of the token drawn
     * @return the drawn id; the lowest of those that tie, where greedy
     * @throws ArithmeticException where a logit is not finite
     */
    int draw(LogitRow logits, SamplingParams params, int[] history, int promptLength, int position) {
        if (params.needsHistory()) {
            penalties.apply(logits, params, history, promptLength);
        }
        int best = logits.best();
        if (params.greedy()) {
            return best;
        }
        float max = logits.get(best);
        float temperature = params.temperature();
        double draw = CounterRandom.uniform(params.seed(), position);
        if (params.topK() == 0 && params.topP() >= 1 && params.minP() == 0) {
            return weights.drawFromAll(logits, max, temperature, draw);
        }
        return weights.drawFromTop(logits, max, temperature, params.topK(), params.topP(), params.minP(), draw);
    }
}
