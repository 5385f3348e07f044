package io.millrace.verticles.app.bench;

/**
 * What is measured; the same for every target.
 *
 * @param concurrency  requests in flight, each started when one before it ends; of no meaning with {@code arrivalRate}
 * @param arrivalRate  requests a second that come as a Poisson process; 0 keeps {@code concurrency} in flight instead
 * @param requests     requests of one round
 * @param promptTokens length of a prompt, to within the few tokens that a server's tokenizer and chat template add
 * @param maxTokens    most tokens to generate per request; all generation is greedy
 * @param rounds       how often each target is measured, in turn with the others
 * @param warmup       requests to each target before the first round, not counted
 * @param seed         of the prompts and arrivals
 * @param sharedPrefix whether the prompts of a round have their first half in common; otherwise they differ from the
 *                     first token on, so that no prefix cache helps
 */
public record BenchPlan(
        int concurrency,
        double arrivalRate,
        int requests,
        int promptTokens,
        int maxTokens,
        int rounds,
        int warmup,
        long seed,
        boolean sharedPrefix) {

    /** Requests that may be in flight at once. */
    public int mostInFlight() {
        return arrivalRate > 0 ? Math.max(requests, warmup) : concurrency;
    }

    /** The same, with other requests. */
    BenchPlan with(int otherRequests, int otherMaxTokens) {
        return new BenchPlan(concurrency, 0, otherRequests, promptTokens, otherMaxTokens, 1, 0, seed, sharedPrefix);
    }
}
