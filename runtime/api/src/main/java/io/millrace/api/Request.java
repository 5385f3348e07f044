package io.millrace.api;

import java.util.List;
import java.util.Objects;

/**
 * One generation, as every ingress hands it on.
 *
 * @param model     name of the model asked for; empty means the one that is served
 * @param maxTokens most tokens to generate; 0 means as many as the context holds
 * @param stop      strings that end the output and are not part of it
 * @param ignoreEos whether output goes on past the model's end token, so that it has {@code maxTokens} tokens
 * @param generated ids of the output so far, where another node began the generation and is gone; what follows is
 *                  numbered on from there
 */
public record Request(
        String model,
        Prompt prompt,
        SamplingParams sampling,
        int maxTokens,
        List<String> stop,
        boolean ignoreEos,
        List<Integer> generated) {
    public Request {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(sampling, "sampling");
        stop = List.copyOf(stop);
        generated = List.copyOf(generated);
    }

    /** A generation that has no output yet. */
    public Request(
            String model, Prompt prompt, SamplingParams sampling, int maxTokens, List<String> stop, boolean ignoreEos) {
        this(model, prompt, sampling, maxTokens, stop, ignoreEos, List.of());
    }

    /** Ends where the model says so. */
    public Request(String model, Prompt prompt, SamplingParams sampling, int maxTokens, List<String> stop) {
        this(model, prompt, sampling, maxTokens, stop, false);
    }

    /** Never the prompt: requests end up in logs. */
    @Override
    public String toString() {
        return "Request[model=" + model + ", maxTokens=" + maxTokens + ", sampling=" + sampling + "]";
    }
}
