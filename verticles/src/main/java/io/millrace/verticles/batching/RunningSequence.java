package io.millrace.verticles.batching;

import io.millrace.api.Tier;

/**
 * An admitted sequence, to those who own it. Called on the owner's loop; what is said to a sequence that has ended does
 * nothing, since its end and a word to it may cross on their way.
 */
public interface RunningSequence {

    /** The client wants no more. No event follows. */
    void cancel();

    /** The output met a stop string. No event follows. */
    void finish();

    /** The output buffer is full: a few tokens more may come. */
    void stall();

    void unstall();

    /** The connection is gone: the sequence keeps its tokens and frees everything else. */
    void park();

    void unpark();

    /** Who made the tokens that the owner was told of. */
    default Tier tier() {
        return Tier.UNSPECIFIED;
    }
}
