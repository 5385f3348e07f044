package io.millrace.verticles.stream;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import io.millrace.verticles.batching.EventLoop;
import java.util.List;
import java.util.function.Consumer;

/**
 * One connection's hold on one session: what an ingress keeps. Also the session's way back, so that either side may
 * live on another event loop; on the same loop every call is direct.
 *
 * <p>When another connection resumes the stream this link is cut: what is still said to it is ignored.
 */
public final class StreamLink {
    /** Credit of a client that takes any number of tokens. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    private final StreamSession session;
    private final StreamTransport transport;
    private final EventLoop ingress;
    /** As of the last hop; where the loops differ a few batches may still be on their way to a transport that is full. */
    private volatile boolean writable = true;

    StreamLink(StreamSession session, StreamTransport transport, EventLoop ingress) {
        this.session = session;
        this.transport = transport;
        this.ingress = ingress;
    }

    /** The client may be sent this many tokens more. */
    public void credit(long tokens) {
        tell(stream -> stream.credit(this, tokens));
    }

    /** The client wants no more: the stream ends as CANCELLED, its sequence frees its slot within a step. */
    public void cancel() {
        tell(stream -> stream.cancel(this));
    }

    /** The client broke the protocol: the stream ends as ERROR with this rejection. */
    public void fail(Rejection rejection) {
        tell(stream -> stream.fail(this, rejection));
    }

    /** The connection is gone. The sequence frees its slot; the stream can be resumed within the replay window. */
    public void detach() {
        tell(stream -> stream.detach(this));
    }

    /** The transport said that it was not writable, and is again. */
    public void drained() {
        writable = true;
        tell(stream -> stream.drained(this));
    }

    boolean writable() {
        return writable;
    }

    void send(List<TokenEvent> events) {
        ingress.run(() -> {
            transport.send(events);
            writable = transport.writable();
        });
    }

    void reset(ErrorCode why) {
        ingress.run(() -> transport.reset(why));
    }

    private void tell(Consumer<StreamSession> message) {
        session.loop().run(() -> message.accept(session));
    }
}
