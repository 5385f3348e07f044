package io.millrace.verticles.cluster;

import io.millrace.api.Rejection;
import io.millrace.engine.SchedulerLoad;
import java.util.Optional;
import java.util.Set;

/** The replicas that sequences of one model may run on: the nodes of a cluster, or those of this process. Thread-safe. */
interface Routes {

    /**
     * The replica that gets a sequence; its load counts from now on.
     *
     * @param tokens to compute before the first new one
     * @param prefix a hash of how it begins
     * @param tried  replicas that will not do
     */
    Optional<Route> choose(int tokens, long prefix, Set<String> tried);

    /** A replica that broke a stream, or could not be reached, gets nothing until more is known of it. */
    void forget(String replica);

    /** Whether a replica is not heard of any more, though a sequence runs there. */
    boolean gone(String replica);

    /** A sequence has ended, with so many tokens of output. */
    void finished(int outputTokens);

    /** How much what is local has to do. */
    SchedulerLoad load();

    /** Ends as ERROR what is local and still runs. */
    void endAll(Rejection why);
}
