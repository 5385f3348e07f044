package io.millrace.api;

import java.util.concurrent.Flow;

/**
 * Where token streams come from, without a transport: what a node offers to a program that embeds it, and what the
 * client's in-process form reads.
 *
 * <p>Each publisher takes one subscriber. It signals {@code Accepted Token* Finished} or {@code Rejected} and then
 * completes; it fails only where the program broke. Demand counts events of every kind; cancelling the subscription
 * cancels the generation.
 */
public interface TokenSource {

    Flow.Publisher<TokenEvent> generate(Request request);

    /**
     * The rest of a stream.
     *
     * @param lastEvent number of the last event seen; 0 is none
     */
    Flow.Publisher<TokenEvent> resume(String handle, long lastEvent);
}
