package io.millrace.verticles.batching;

import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceSpec;

/** Where sequences run: the batching loop of this node, or whichever node of a cluster has least to do. Thread-safe. */
public interface SequenceRunner {

    /** Answers the owner, on its loop, with {@code admitted} or {@code refused}. */
    void submit(SequenceSpec spec, SequenceOwner owner);

    /** As {@link #submit(SequenceSpec, SequenceOwner)}, for those who choose by what the client asked. */
    default void submit(Request request, SequenceSpec spec, SequenceOwner owner) {
        submit(spec, owner);
    }

    /** Ends every sequence as ERROR: the time to drain is over. */
    void endAll(Rejection why);

    /** How much this node has to do, as of a moment ago. */
    SchedulerLoad load();
}
