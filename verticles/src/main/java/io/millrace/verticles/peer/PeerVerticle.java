package io.millrace.verticles.peer;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.peer.GreetRequest;
import io.millrace.peer.Greeting;
import io.millrace.peer.PeerReply;
import io.millrace.peer.PeerRequest;
import io.millrace.peer.Start;
import io.millrace.verticles.batching.SequenceRunner;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Computes sequences for other nodes: a gRPC server that shows and wants a certificate of the cluster's authority. */
public final class PeerVerticle extends AbstractVerticle {
    /** What a token id and its share of the message take at most, in protobuf. */
    private static final int TOKEN_BYTES = 5;

    private static final int MESSAGE_BYTES = 64 * 1024;

    /** From a stream's headers to its Start; one that says nothing by then is closed. */
    static final Duration START = Duration.ofSeconds(5);

    private final SocketAddress address;
    private final NodeIdentity identity;
    private final Limits limits;
    private final Supplier<Optional<Offer>> offer;
    /** Bounded by HTTP/2's limit on streams, and by admission. */
    private final Set<ServedSequence> served = new HashSet<>();

    private HttpServer server;
    private boolean draining;

    /**
     * @param address to listen on; port 0 takes a free one
     * @param offer what is computed here now; empty where the model loads or the node drains
     */
    public PeerVerticle(SocketAddress address, NodeIdentity identity, Limits limits, Supplier<Optional<Offer>> offer) {
        this.address = address;
        this.identity = identity;
        this.limits = limits;
        this.offer = offer;
    }

    @Override
    public void start(Promise<Void> started) {
        long most = (long) TOKEN_BYTES * limits.contextTokens() + MESSAGE_BYTES;
        GrpcServer grpc = GrpcServer.server(vertx, new GrpcServerOptions().setMaxMessageSize(most));
        grpc.callHandler(PeerMessages.SERVED, this::serve);
        grpc.callHandler(PeerMessages.GREETS, this::greet);
        server = vertx.createHttpServer(new HttpServerOptions()
                .setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(identity.keyCert())
                .setTrustOptions(identity.trust())
                .setClientAuth(ClientAuth.REQUIRED)
                .setInitialSettings(new Http2Settings().setMaxConcurrentStreams(limits.maxStreams())));
        server.connectionHandler(connection -> Pings.watch(vertx, connection))
                .requestHandler(grpc)
                .listen(address)
                .<Void>mapEmpty()
                .onComplete(started);
    }

    /** There once the verticle is deployed. */
    public int port() {
        return server.actualPort();
    }

    /** Gives every sequence back to the node it came from, and takes no more. */
    public void drain() {
        context.runOnContext(now -> {
            draining = true;
            List.copyOf(served).forEach(ServedSequence::handBack);
        });
    }

    private void serve(GrpcServerRequest<PeerRequest, PeerReply> request) {
        request.handler(new Call(request)::read);
    }

    private Optional<Offer> offered() {
        return draining ? Optional.empty() : offer.get();
    }

    private void greet(GrpcServerRequest<GreetRequest, Greeting> request) {
        Greeting.Builder greeting = Greeting.newBuilder();
        offered().ifPresent(now -> greeting.setModel(now.model()).setTokenizer(now.tokenizer()));
        request.endHandler(asked -> request.response().end(greeting.build()));
    }

    /** One stream of another node. */
    private final class Call {
        private final GrpcServerRequest<PeerRequest, PeerReply> request;
        private final long deadline;
        private Optional<ServedSequence> sequence = Optional.empty();

        Call(GrpcServerRequest<PeerRequest, PeerReply> request) {
            this.request = request;
            deadline = vertx.setTimer(START.toMillis(), late -> close(GrpcStatus.DEADLINE_EXCEEDED));
            request.exceptionHandler(gone -> gone());
            request.errorHandler(reset -> gone());
        }

        private void gone() {
            vertx.cancelTimer(deadline);
            sequence.ifPresent(ServedSequence::cancel);
        }

        private void close(GrpcStatus why) {
            vertx.cancelTimer(deadline);
            request.response().status(why).end();
        }

        void read(PeerRequest message) {
            switch (message.getRequestCase()) {
                case START -> start(message.getStart());
                case CREDIT ->
                    sequence.ifPresent(known -> known.credit(message.getCredit().getTokens()));
                case CANCEL -> {
                    sequence.ifPresent(ServedSequence::cancel);
                    close(GrpcStatus.CANCELLED);
                }
                case REQUEST_NOT_SET -> close(GrpcStatus.INVALID_ARGUMENT);
            }
        }

        private void start(Start start) {
            vertx.cancelTimer(deadline);
            if (sequence.isPresent()) {
                close(GrpcStatus.INVALID_ARGUMENT);
                sequence.get().cancel();
                return;
            }
            Runnable over = () -> sequence.ifPresent(served::remove);
            ServedSequence fresh =
                    new ServedSequence(request.response(), start.getGenerated(), start.getCredit(), over);
            sequence = Optional.of(fresh);
            served.add(fresh);
            Optional<SequenceRunner> runner = offered()
                    .filter(now -> now.model().equals(start.getModel()))
                    .map(Offer::runner);
            if (runner.isPresent()) {
                runner.get().submit(PeerMessages.spec(start), fresh);
            } else {
                fresh.refused(Rejection.of(ErrorCode.UNAVAILABLE, "the model is not served here now"));
            }
        }
    }
}
