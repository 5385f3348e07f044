package io.millrace.verticles.app.bench;

/**
 * What is measured; the same for every target.
 *
 * @param concurrency  requests in flight, each started when one before it ends
 * @param requests     requests of one round
 * @param promptTokens length of a prompt, to within the few tokens that a server's tokenizer and chat template add
 * @param maxTokens    most tokens to generate per request; all generation is greedy
 * @param rounds       how often each target is measured, in turn with the others
 * @param warmup       requests to each target before the first round, not counted
 * @param seed         of the prompts
 * @param sharedPrefix whether the prompts of a round have their first half in common; otherwise they differ from the
 *                     first token on, so that no prefix cache helps
 */
public record BenchPlan(
        int concurrency,
        int requests,
        int promptTokens,
        int maxTokens,
        int rounds,
        int warmup,
        long seed,
        boolean sharedPrefix) {}
