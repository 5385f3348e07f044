package io.millrace.verticles.app.bench;

/**
 * What a replica has done since it started.
 *
 * @param steps       committed
 * @param sequences   summed over the steps
 * @param tokens      computed, summed over the steps; prompts and output
 * @param busySeconds in which a step was begun and not done, mean of the stages
 */
public record ReplicaCounters(long steps, long sequences, long tokens, double busySeconds) {
    ReplicaCounters since(ReplicaCounters before) {
        return new ReplicaCounters(
                steps - before.steps,
                sequences - before.sequences,
                tokens - before.tokens,
                busySeconds - before.busySeconds);
    }
}
