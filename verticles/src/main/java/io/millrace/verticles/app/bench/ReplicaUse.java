package io.millrace.verticles.app.bench;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How a replica was used during a round.
 *
 * @param tokens           computed; prompts and output
 * @param sequencesPerStep mean
 * @param tokensPerStep    mean; prompts and output
 * @param idleShare        of the round's time: no step was with the device
 */
public record ReplicaUse(long steps, long tokens, double sequencesPerStep, double tokensPerStep, double idleShare) {

    /** Of each replica, by what it had done before and after. */
    static List<ReplicaUse> of(List<ReplicaCounters> before, List<ReplicaCounters> after, double seconds) {
        return IntStream.range(0, after.size())
                .mapToObj(i -> of(after.get(i).since(before.get(i)), seconds))
                .toList();
    }

    private static ReplicaUse of(ReplicaCounters round, double seconds) {
        double steps = Math.max(1, round.steps());
        return new ReplicaUse(
                round.steps(),
                round.tokens(),
                round.sequences() / steps,
                round.tokens() / steps,
                Math.max(0, 1 - round.busySeconds() / seconds));
    }
}
