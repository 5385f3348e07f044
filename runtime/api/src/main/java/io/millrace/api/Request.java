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
 */
public record Request(
        String model, Prompt prompt, SamplingParams sampling, int maxTokens, List<String> stop, boolean ignoreEos) {

    /** Ends where the model says so. */
    public Request(String model, Prompt prompt, SamplingParams sampling, int maxTokens, List<String> stop) {
        this(model, prompt, sampling, maxTokens, stop, false);
    }

    public Request {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(sampling, "sampling");
        stop = List.copyOf(stop);
    }

    /** Never the prompt: requests end up in logs. */
    @Override
    public String toString() {
        return "Request[model=" + model + ", maxTokens=" + maxTokens + ", sampling=" + sampling + "]";
    }
}
