package io.millrace.verticles.ingress.grpc;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import io.millrace.wire.Decoded;
import io.millrace.wire.Events;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.grpc.common.GrpcStatus;
import java.util.List;

/** How a call ends: its terminal frame's outcome as gRPC has it, by the table of {@link ErrorCode}. */
record Status(GrpcStatus code, String message) {
    private static final Status OK = new Status(GrpcStatus.OK, "");

    static Status of(ServerFrame terminal) {
        if (!(Events.fromWire(terminal) instanceof Decoded.Value<List<TokenEvent>> events)) {
            throw new IllegalArgumentException("no frame of ours: " + terminal.getKindCase());
        }
        return switch (events.value().getLast()) {
            case TokenEvent.Rejected rejected -> of(rejected.rejection());
            case TokenEvent.Finished finished -> of(finished);
            case TokenEvent.Accepted accepted -> throw new IllegalArgumentException("Accepted ends nothing");
            case TokenEvent.Token token -> throw new IllegalArgumentException("a token ends nothing");
        };
    }

    private static Status of(TokenEvent.Finished finished) {
        return switch (finished.reason()) {
            case STOP, LENGTH -> OK;
            case CANCELLED -> of(ErrorCode.CANCELLED, "the client cancelled");
            case SLOW_CONSUMER -> of(ErrorCode.SLOW_CONSUMER, "the client read too slowly");
            case ERROR -> of(finished.error().orElseThrow());
        };
    }

    private static Status of(Rejection rejection) {
        return of(rejection.code(), rejection.message());
    }

    private static Status of(ErrorCode code, String message) {
        return new Status(GrpcStatus.valueOf(code.grpcStatus()), message);
    }
}
