package io.millrace.verticles.app.bench;

import java.util.Arrays;
import java.util.List;

/**
 * What is measured; the same for every target.
 *
 * @param concurrency  requests in flight, each started when one before it ends; of no meaning with {@code arrivalRate}
 * @param arrivalRate  requests a second that come as a Poisson process; 0 keeps {@code concurrency} in flight instead
 * @param requests     requests of one round
 * @param lengths      of prompts and answers; all generation is greedy
 * @param rounds       how often each target is measured, in turn with the others
 * @param warmup       requests to each target before the first round, not counted
 * @param seed         of the prompts, lengths and arrivals
 * @param sharedPrefix tokens that all prompts begin with, in every round; where it is 0 they differ from the first words on, so
 *                     that no prefix cache helps a server that is one target only
 */
public record BenchPlan(
        int concurrency,
        double arrivalRate,
        int requests,
        Lengths lengths,
        int rounds,
        int warmup,
        long seed,
        int sharedPrefix) {
    private static final int WARMUP_TOKENS = 8;

    /** Requests that may be in flight at once. */
    public int mostInFlight() {
        return arrivalRate > 0 ? Math.max(requests, warmup) : concurrency;
    }

    /** Short answers at a fixed concurrency, before what counts. */
    BenchPlan warmingUp() {
        return new BenchPlan(concurrency, 0, warmup, lengths.answering(WARMUP_TOKENS), 1, 0, seed, sharedPrefix);
    }

    /** Of the requests of one round, the same whenever it is asked for. */
    List<Length> lengthsOf(int round) {
        return lengths.draw(requests, Arrays.hashCode(new long[] {seed, round}));
    }
}
