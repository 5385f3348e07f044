package io.millrace.verticles.peer;

import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.peer.Cancel;
import io.millrace.peer.Credit;
import io.millrace.peer.Output;
import io.millrace.peer.PeerReply;
import io.millrace.peer.PeerRequest;
import io.millrace.peer.Start;
import io.millrace.verticles.batching.RunningSequence;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;

/**
 * A sequence that another node computes for this one. Owned by one event loop: the gRPC client calls back on the context
 * it was called on.
 *
 * <p>While the client reads, credit is given back as tokens come; while it does not, none is, and the other node stalls
 * the sequence when the window is used up.
 */
public final class RemoteSequence implements RunningSequence {
    /** Of every message: compressed or not, and its length. */
    private static final int GRPC_PREFIX = 5;

    private final int window;
    private final SequenceAttempt attempt;
    private final LinkTraffic traffic;
    private GrpcClientRequest<PeerRequest, PeerReply> request;
    private int unpaid;
    private boolean stalled;
    private boolean over;

    /** @param window tokens that may be under way; then the other node stalls the sequence */
    public RemoteSequence(int window, SequenceAttempt attempt, LinkTraffic traffic) {
        this.window = window;
        this.attempt = attempt;
        this.traffic = traffic;
    }

    /** @param model what the other node calls it */
    public void start(GrpcClient client, SocketAddress node, String model, SequenceSpec spec) {
        PeerClients.request(client, node, PeerMessages.CALLED)
                .onSuccess(opened -> opened(opened, PeerMessages.start(model, spec, window)))
                .onFailure(this::broken);
    }

    private void opened(GrpcClientRequest<PeerRequest, PeerReply> opened, Start start) {
        request = opened;
        if (over) {
            request.cancel();
            return;
        }
        request.exceptionHandler(this::broken);
        request.response().onSuccess(this::read).onFailure(this::broken);
        write(PeerRequest.newBuilder().setStart(start));
    }

    private void read(GrpcClientResponse<PeerRequest, PeerReply> response) {
        response.exceptionHandler(this::broken);
        response.errorHandler(error -> broken(new IllegalStateException(error.toString())));
        response.endHandler(end -> broken(new IllegalStateException("the stream ended without an end")));
        response.handler(this::reply);
    }

    private void reply(PeerReply reply) {
        traffic.received(GRPC_PREFIX + reply.getSerializedSize());
        if (over) {
            return;
        }
        switch (reply.getReplyCase()) {
            case ADMITTED -> attempt.admitted(this);
            case REFUSED -> {
                close();
                attempt.refused(PeerMessages.rejection(reply.getRefused()));
            }
            case OUTPUT -> output(reply.getOutput());
            case REPLY_NOT_SET -> {}
        }
    }

    private void output(Output output) {
        unpaid += output.getTokensCount();
        for (int i = 0; i < output.getTokensCount() && !over; i++) {
            attempt.event(new SequenceEvent.Sampled(
                    PeerMessages.NO_ID,
                    output.getFirst() + i,
                    output.getTokens(i),
                    Float.NaN,
                    output.getCachedTokens()));
        }
        if (!over && output.hasEnd()) {
            close();
            attempt.event(PeerMessages.ended(output.getEnd()));
        }
        pay();
    }

    /** In halves of the window, so that not every token costs a message. */
    private void pay() {
        if (!over && !stalled && unpaid >= Math.max(1, window / 2)) {
            write(PeerRequest.newBuilder().setCredit(Credit.newBuilder().setTokens(unpaid)));
            unpaid = 0;
        }
    }

    private void write(PeerRequest.Builder message) {
        PeerRequest built = message.build();
        traffic.sent(GRPC_PREFIX + built.getSerializedSize());
        request.write(built);
    }

    private void close() {
        over = true;
        request.end();
    }

    /** Resets the stream: a node that does not answer would not end it either. */
    public void abandon() {
        if (!over) {
            over = true;
            if (request != null) {
                request.cancel();
            }
        }
    }

    private void broken(Throwable cause) {
        if (!over) {
            abandon();
            attempt.broken(String.valueOf(cause.getMessage()));
        }
    }

    @Override
    public void cancel() {
        if (!over) {
            over = true;
            if (request != null) {
                request.end(PeerRequest.newBuilder()
                        .setCancel(Cancel.getDefaultInstance())
                        .build());
            }
        }
    }

    @Override
    public void finish() {
        cancel();
    }

    @Override
    public void stall() {
        stalled = true;
    }

    @Override
    public void unstall() {
        stalled = false;
        pay();
    }

    /** The ingress keeps the tokens, so that a sequence without a client costs the other node nothing. */
    @Override
    public void park() {
        cancel();
    }

    @Override
    public void unpark() {
        throw new IllegalStateException("a parked sequence is started anew");
    }
}
