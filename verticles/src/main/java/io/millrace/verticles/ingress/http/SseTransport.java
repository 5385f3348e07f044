package io.millrace.verticles.ingress.http;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.TokenEvent;
import io.millrace.openai.ChunkEncoder;
import io.millrace.verticles.stream.StreamLink;
import io.millrace.verticles.stream.StreamTransport;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Optional;

/**
 * A stream as server-sent events. Owned by the connection's event loop. A client that leaves detaches, and may come
 * back with the {@code Last-Event-ID}.
 */
final class SseTransport implements StreamTransport {
    /** RFC 9113, section 7: CANCEL. On HTTP/1.1 a reset closes the connection, whatever its code. */
    static final long RESET_CODE = 8;

    private final HttpServerResponse response;
    private final ChunkEncoder encoder;
    /** Null until the stream is opened, and where it was refused. */
    private StreamLink link;

    private boolean over;

    SseTransport(HttpServerResponse response, ChunkEncoder encoder, Limits limits) {
        this.response = response;
        this.encoder = encoder;
        response.setWriteQueueMaxSize(limits.outputBufferBytes());
        response.drainHandler(nothing -> drained());
        response.closeHandler(nothing -> left());
    }

    void opened(Optional<StreamLink> opened) {
        link = opened.orElse(null);
        if (over) {
            left();
        }
    }

    @Override
    public void send(List<TokenEvent> events) {
        if (over) {
            return;
        }
        over = events.getLast().terminal();
        if (events.getFirst() instanceof TokenEvent.Rejected rejected) {
            Answers.refuse(response, rejected.rejection());
            return;
        }
        if (!response.headWritten()) {
            head();
        }
        Buffer bytes = Buffer.buffer(encoder.encode(events));
        if (over) {
            response.end(bytes);
        } else {
            response.write(bytes);
        }
    }

    /** Vert.x throws where an ended response is asked. */
    @Override
    public boolean writable() {
        return over || !response.writeQueueFull();
    }

    @Override
    public void reset(ErrorCode why) {
        if (!over) {
            over = true;
            response.reset(RESET_CODE);
        }
    }

    /** {@code X-Accel-Buffering} tells nginx and its kin not to collect tokens. */
    private void head() {
        response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .putHeader("X-Accel-Buffering", "no");
    }

    private void drained() {
        if (link != null) {
            link.drained();
        }
    }

    private void left() {
        over = true;
        if (link != null) {
            link.detach();
        }
    }
}
