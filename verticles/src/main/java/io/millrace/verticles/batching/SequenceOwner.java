package io.millrace.verticles.batching;

import io.millrace.api.Rejection;
import io.millrace.engine.SequenceEvent;

/** Who asked for a sequence. Called on its own loop: once {@code admitted} or {@code refused}, then events to the end. */
public interface SequenceOwner {
    EventLoop loop();

    void admitted(RunningSequence sequence);

    void refused(Rejection rejection);

    /** Events in order; the one after {@link SequenceEvent.Ended} never comes. */
    void event(SequenceEvent event);
}
