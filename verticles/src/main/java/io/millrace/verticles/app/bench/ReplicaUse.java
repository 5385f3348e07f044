package io.millrace.verticles.app.bench;

/**
 * How a replica was used during a round; zeros where it cannot be asked.
 *
 * @param sequencesPerStep mean
 * @param tokensPerStep    mean; prompts and output
 * @param idleShare        of the round's time: no step was with the device
 */
public record ReplicaUse(long steps, double sequencesPerStep, double tokensPerStep, double idleShare) {

    static ReplicaUse of(ReplicaCounters round, double seconds) {
        return round.steps() == 0
                ? new ReplicaUse(0, 0, 0, 0)
                : new ReplicaUse(
                        round.steps(),
                        (double) round.sequences() / round.steps(),
                        (double) round.tokens() / round.steps(),
                        Math.max(0, 1 - round.busySeconds() / seconds));
    }
}
