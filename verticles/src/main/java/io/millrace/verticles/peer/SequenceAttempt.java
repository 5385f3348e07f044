package io.millrace.verticles.peer;

import io.millrace.api.Rejection;
import io.millrace.engine.SequenceEvent;
import io.millrace.verticles.batching.RunningSequence;

/** How a sequence fares on one node. Called on the sequence's loop. */
public interface SequenceAttempt {

    void admitted(RunningSequence running);

    void refused(Rejection rejection);

    void event(SequenceEvent event);

    /** The node is gone, or cannot be reached: nothing more comes from it. */
    void broken(String why);
}
