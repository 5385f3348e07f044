package io.millrace.client;

import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.smallrye.mutiny.Multi;

/**
 * Streams of token events: {@code Accepted Token* Finished}, or {@code Rejected} alone, then completion.
 *
 * <p>Nothing is sent before a subscriber's first request. Demand counts events and is handed to the server as credit, so that no
 * more tokens come than were asked for; unbounded demand sends none and leaves the pace to the transport. Cancelling
 * the subscription cancels the generation. Every subscription is a generation of its own.
 *
 * <p>A stream that loses its connection goes on by itself, without gap or repeat, as {@link ClientOptions} says: it is
 * resumed where it was, and where it is known no more it is asked for anew with the tokens received, so that a server goes on
 * after them. Greedy output is the same as if nothing had happened; a seed goes on with its random numbers. It fails with {@link ConnectionLostException} when that does not help, and with {@link ProtocolException} when the server
 * breaks the protocol. Events come on the client's event loop: do not block there, {@code emitOn} another executor.
 */
public interface TokenClient extends AutoCloseable {

    Multi<TokenEvent> generate(Request request);

    /**
     * The rest of a stream that began elsewhere. Of several servers the one in use is asked.
     *
     * @param lastEvent number of the last event seen; 0 is none
     */
    Multi<TokenEvent> resume(String handle, long lastEvent);

    /** Ends the connection. Running streams fail; on the server they stay resumable for its replay window. */
    @Override
    void close();
}
