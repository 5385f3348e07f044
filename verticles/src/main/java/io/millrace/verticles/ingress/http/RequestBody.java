package io.millrace.verticles.ingress.http;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.function.Consumer;

/**
 * Gathers one request's body, up to {@code Limits.maxFrameBytes} and for at most {@code Limits.idleTimeout}; past
 * either the request is refused and its connection closed. Where the client leaves, nothing more happens.
 */
final class RequestBody {
    private final Vertx vertx;
    private final HttpServerRequest request;
    private final Limits limits;
    private final Buffer body = Buffer.buffer();
    private final long timer;
    private boolean refused;

    private RequestBody(Vertx vertx, HttpServerRequest request, Limits limits) {
        this.vertx = vertx;
        this.request = request;
        this.limits = limits;
        this.timer = vertx.setTimer(limits.idleTimeout().toMillis(), id -> tooSlow());
    }

    /** Must be called in the turn of the loop that the request came in. */
    static void read(Vertx vertx, HttpServerRequest request, Limits limits, Consumer<byte[]> whole) {
        new RequestBody(vertx, request, limits).read(whole);
    }

    private void read(Consumer<byte[]> whole) {
        request.handler(this::append);
        request.exceptionHandler(gone -> vertx.cancelTimer(timer));
        request.endHandler(nothing -> {
            vertx.cancelTimer(timer);
            if (!refused) {
                whole.accept(body.getBytes());
            }
        });
        if (announced() > limits.maxFrameBytes()) {
            tooLarge();
        } else if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
            request.response().writeContinue();
        }
    }

    private long announced() {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length == null ? 0 : Long.parseLong(length);
    }

    private void append(Buffer bytes) {
        if (!refused && body.length() + bytes.length() > limits.maxFrameBytes()) {
            tooLarge();
        } else if (!refused) {
            body.appendBuffer(bytes);
        }
    }

    private void tooLarge() {
        String message = "the body has more bytes than the limit of " + limits.maxFrameBytes();
        refuse(Rejection.of(ErrorCode.TOO_LARGE, message));
    }

    private void tooSlow() {
        String message =
                "the body took longer than the limit of " + limits.idleTimeout().toMillis() + " ms";
        refuse(Rejection.of(ErrorCode.INVALID_REQUEST, message));
    }

    private void refuse(Rejection rejection) {
        refused = true;
        vertx.cancelTimer(timer);
        Answers.refuseAndClose(request.response(), rejection);
    }
}
