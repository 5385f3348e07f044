package io.millrace.verticles.ingress.http;

import io.millrace.api.ErrorCode;
import io.millrace.api.TokenEvent;
import io.millrace.openai.WholeCompletion;
import io.millrace.verticles.stream.StreamLink;
import io.millrace.verticles.stream.StreamTransport;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.Optional;

/**
 * A stream as one JSON answer. Owned by the connection's event loop. A client that leaves cancels: it could not come
 * back, as it was told no handle.
 */
final class WholeTransport implements StreamTransport {
    private final HttpServerResponse response;
    private final WholeCompletion whole;
    /** Null until the stream is opened, and where it was refused. */
    private StreamLink link;

    private boolean over;

    WholeTransport(HttpServerResponse response, WholeCompletion whole) {
        this.response = response;
        this.whole = whole;
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
        whole.accept(events).filter(answer -> !over).ifPresent(answer -> {
            over = true;
            Answers.json(response, answer);
        });
    }

    /** The text is held here; the model's context bounds it. */
    @Override
    public boolean writable() {
        return true;
    }

    @Override
    public void reset(ErrorCode why) {
        if (!over) {
            over = true;
            response.reset(SseTransport.RESET_CODE);
        }
    }

    private void left() {
        over = true;
        if (link != null) {
            link.cancel();
        }
    }
}
