package io.millrace.verticles.stream;

import io.millrace.api.ErrorCode;
import io.millrace.api.TokenEvent;
import java.util.List;

/** A connection's end of one stream. All calls come on the context that {@link Streams#generate} was called on. */
public interface StreamTransport {

    /** Writes events in order. After a terminal one the transport ends its side; nothing follows. */
    void send(List<TokenEvent> events);

    /**
     * Whether more may be sent now. A transport that said no calls {@link StreamLink#drained} when that changes;
     * until then the session keeps events in its own buffer.
     */
    boolean writable();

    /** Ends the stream without a terminal event: another connection took it over, or nobody read it for too long. */
    void reset(ErrorCode why);
}
