package io.millrace.verticles.cluster;

import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.peer.SequenceAttempt;

/** The way to a replica that was chosen for one sequence. */
interface Route {

    /** Its name, among the replicas of the same {@link Routes}. */
    String replica();

    /** Called once, on {@code loop}, where the attempt hears how it fares. */
    void start(SequenceSpec spec, SequenceAttempt attempt, EventLoop loop);
}
