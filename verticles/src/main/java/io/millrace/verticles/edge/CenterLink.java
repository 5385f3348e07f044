package io.millrace.verticles.edge;

import io.millrace.peer.Greeting;
import io.millrace.verticles.peer.PeerClients;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.client.GrpcClient;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to the center, kept warm and looked after: the center is asked once an interval what it serves. While it
 * does not answer nothing is sent there. Owned by one context; {@link #center} can be read from any thread.
 */
final class CenterLink {
    /** As it is now. */
    record Center(GrpcClient client, String model) {}

    private static final Logger LOG = LoggerFactory.getLogger(CenterLink.class);
    /** Answers that may fail to come in a row: one may be late on a busy machine. */
    private static final int MISSES = 2;

    private final Vertx vertx;
    private final EdgeSetup setup;
    private final String tokenizer;
    private final Runnable onLost;
    private final Context context;
    private GrpcClient client;
    private boolean asking;
    /** A stream broke; whether the others did, too, the next answer says. */
    private boolean doubted;

    private int missed;
    private String lastTrouble = "";
    private volatile Optional<Center> center = Optional.empty();

    /**
     * @param tokenizer of the edge's own model
     * @param onLost    called when the center that was there is not any more
     */
    CenterLink(Vertx vertx, EdgeSetup setup, String tokenizer, Runnable onLost) {
        this.vertx = vertx;
        this.setup = setup;
        this.tokenizer = tokenizer;
        this.onLost = onLost;
        this.context = vertx.getOrCreateContext();
        this.client = open();
    }

    /**
     * Asks, and goes on asking.
     *
     * @return completes after the first answer, or without one: an edge starts while its center is down. Fails with
     *     {@link TokenizerMismatchException} alone
     */
    Future<Void> start() {
        Promise<Void> first = Promise.promise();
        context.runOnContext(now -> ask().onComplete(answered -> {
            if (answered.cause() instanceof TokenizerMismatchException mismatch) {
                first.fail(mismatch);
            } else {
                vertx.setPeriodic(setup.probeInterval().toMillis(), id -> ask());
                first.complete();
            }
        }));
        return first.future();
    }

    /** Empty while it is not there, or serves nothing that this edge may use. */
    Optional<Center> center() {
        return center;
    }

    /** A stream to {@code broken} broke: nothing new goes there until it has answered again, which it is asked to now. */
    void suspect(Center broken) {
        context.runOnContext(now -> {
            if (center.filter(current -> current == broken).isPresent()) {
                center = Optional.empty();
                doubted = true;
                ask();
            }
        });
    }

    private Future<Void> ask() {
        if (asking) {
            return Future.succeededFuture();
        }
        asking = true;
        return PeerClients.greet(client, setup.center(), setup.probePatience())
                .onComplete(answered -> asking = false)
                .compose(this::answered, this::missed);
    }

    private Future<Void> answered(Greeting greeting) {
        missed = 0;
        if (greeting.getModel().isEmpty()) {
            lose("it serves no model now");
            return Future.succeededFuture();
        }
        if (!greeting.getTokenizer().equals(tokenizer)) {
            TokenizerMismatchException mismatch = new TokenizerMismatchException(tokenizer, greeting.getTokenizer());
            lose(mismatch.getMessage());
            return Future.failedFuture(mismatch);
        }
        if (center.filter(known -> known.model().equals(greeting.getModel())).isEmpty()) {
            if (!doubted) {
                LOG.info("the center {} is there, with model {}", setup.center(), greeting.getModel());
            }
            doubted = false;
            center = Optional.of(new Center(client, greeting.getModel()));
            lastTrouble = "";
        }
        return Future.succeededFuture();
    }

    private Future<Void> missed(Throwable cause) {
        if (center.isEmpty() || ++missed >= MISSES) {
            lose(cause.getMessage());
            renew();
        }
        return Future.failedFuture(new IOException(cause));
    }

    private void lose(String why) {
        boolean was = center.isPresent() || doubted;
        center = Optional.empty();
        doubted = false;
        if (was || !why.equals(lastTrouble)) {
            lastTrouble = why;
            LOG.warn("the center {} is not used: {}", setup.center(), why);
        }
        if (was) {
            onLost.run();
        }
    }

    /** A connection whose other end vanished would be kept until TCP gives up, a quarter of an hour later. */
    private void renew() {
        client.close();
        client = open();
        missed = 0;
    }

    private GrpcClient open() {
        return PeerClients.open(vertx, setup.identity(), setup.probePatience());
    }
}
