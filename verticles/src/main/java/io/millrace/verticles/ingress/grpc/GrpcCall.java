package io.millrace.verticles.ingress.grpc;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.ingress.BearerKey;
import io.millrace.verticles.ingress.FrameSink;
import io.millrace.verticles.ingress.WireStream;
import io.millrace.verticles.stream.Streams;
import io.millrace.wire.Decoded;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.grpc.common.GrpcError;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.function.Consumer;

/**
 * One call. A client's cancel, also where its deadline has passed, ends the generation; a lost connection detaches from it.
 *
 * <p>What reads slowly is seen by HTTP/2's flow control: the write queue fills, and the session keeps the rest.
 */
final class GrpcCall implements FrameSink {
    /** Small, since what a slow reader leaves is kept in the session's buffer, which is counted. */
    private static final int WRITE_QUEUE_BYTES = 16 * 1024;

    private final GrpcServerRequest<Buffer, Buffer> request;
    private final GrpcServerResponse<Buffer, Buffer> response;
    private final Method method;
    private final int maxMessageBytes;
    private final WireStream generation;
    private final Consumer<HttpConnection> onOver;
    private ServerFrame last = ServerFrame.getDefaultInstance();
    private boolean asked;
    /** Nothing is written any more: Vert.x throws where that is tried. */
    private boolean over;

    GrpcCall(
            GrpcServerRequest<Buffer, Buffer> request,
            Method method,
            Streams streams,
            ApiKeys keys,
            Limits limits,
            Consumer<HttpConnection> onOver) {
        this.request = request;
        this.response = request.response();
        this.method = method;
        this.maxMessageBytes = limits.maxFrameBytes();
        this.generation = new WireStream(streams, keys, limits, 0, BearerKey.of(request.headers()), this);
        this.onOver = onOver;
    }

    void open() {
        response.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
        response.drainHandler(nothing -> generation.drained());
        response.exceptionHandler(failure -> lost());
        request.exceptionHandler(failure -> lost());
        request.errorHandler(this::reset);
        request.invalidMessageHandler(tooLarge -> generation.refuse(Rejection.of(
                ErrorCode.TOO_LARGE, "a message of more than " + maxMessageBytes + " bytes, which is the limit")));
        request.messageHandler(this::message);
        request.endHandler(nothing -> ended());
    }

    private void message(GrpcMessage message) {
        if (over) {
            return;
        }
        asked = true;
        switch (MessageBytes.of(message, maxMessageBytes)) {
            case Decoded.Value<byte[]> bytes -> decoded(method.read(bytes.value()));
            case Decoded.Malformed<byte[]> malformed -> generation.refuse(malformed.rejection());
        }
    }

    private void decoded(Decoded<ClientFrame> decoded) {
        switch (decoded) {
            case Decoded.Value<ClientFrame> frame -> generation.accept(frame.value());
            case Decoded.Malformed<ClientFrame> malformed -> generation.refuse(malformed.rejection());
        }
    }

    /** The client will send no more, which cancels nothing. */
    private void ended() {
        if (!asked) {
            generation.refuse(Rejection.of(ErrorCode.PROTOCOL_ERROR, "the call ended without a message"));
        }
    }

    /** RST_STREAM. Any but CANCEL says that something went wrong on the way: the client may be back. */
    private void reset(GrpcError error) {
        if (error == GrpcError.CANCELLED) {
            close();
            generation.cancel();
        } else {
            lost();
        }
    }

    private void lost() {
        close();
        generation.detach();
    }

    @Override
    public void write(ServerFrame frame) {
        if (!over) {
            last = frame;
            response.write(Buffer.buffer(frame.toByteArray()));
        }
    }

    @Override
    public boolean writable() {
        return over || !response.writeQueueFull();
    }

    @Override
    public void end() {
        if (!over) {
            Status status = Status.of(last);
            response.status(status.code()).statusMessage(status.message()).end();
            close();
        }
    }

    /** Another attachment has the stream now, or nobody read it: a status would wait behind what is not read. */
    @Override
    public void reset(ErrorCode why) {
        if (!over) {
            close();
            response.cancel();
        }
    }

    private void close() {
        if (!over) {
            over = true;
            onOver.accept(request.connection());
        }
    }
}
