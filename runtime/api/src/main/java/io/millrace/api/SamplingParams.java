package io.millrace.api;

/**
 * How the next token is drawn from the logits.
 *
 * <p>Order of application: penalties, temperature, top-k, top-p, min-p, then one draw. A draw depends only on
 * {@code seed} and the token's position, so that a recomputed or resumed sequence draws the same tokens.
 *
 * @param temperature 0 is greedy: the largest logit wins and the other fields but the penalties are without effect
 * @param topK        keep the k likeliest tokens; 0 keeps all
 * @param topP        keep the smallest set of likeliest tokens whose probability reaches p; 1 keeps all
 * @param minP        drop tokens less likely than minP times the likeliest; 0 drops none
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens seen in prompt or output; 1 is off
 * @param presencePenalty   subtracted once from the logit of every token already in the output
 * @param frequencyPenalty  subtracted from a token's logit once per occurrence in the output
 * @param seed        chosen by the ingress where the client gave none
 */
public record SamplingParams(
        float temperature,
        int topK,
        float topP,
        float minP,
        float repetitionPenalty,
        float presencePenalty,
        float frequencyPenalty,
        long seed) {

    public static final SamplingParams GREEDY = new SamplingParams(0, 0, 1, 0, 1, 0, 0, 0);

    public boolean greedy() {
        return temperature == 0;
    }

    /** Whether drawing needs the tokens that came before. */
    public boolean needsHistory() {
        return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
    }

    public SamplingParams withSeed(long newSeed) {
        return new SamplingParams(
                temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, newSeed);
    }
}
