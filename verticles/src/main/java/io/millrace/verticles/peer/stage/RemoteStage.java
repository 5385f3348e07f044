package io.millrace.verticles.peer.stage;

import io.millrace.api.Limits;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.peer.stage.Rows;
import io.millrace.verticles.peer.NodeIdentity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * A stage that another node computes. Its two worker threads write and await, an event loop of its own reads; a step leaves
 * while the one before it is computed, so that the wire works beside the device.
 *
 * <p>Where the node is lost, every step fails as FATAL until {@link #connect} has found it again, with an empty cache.
 */
final class RemoteStage implements ModelStage {
    /** A machine that does not take a connection by then is not there. */
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final Context context;
    private final GrpcClient client;
    private final SocketAddress address;
    private final StageTerms terms;
    private final Limits limits;
    private final Consumer<String> onLost;
    private volatile Optional<StageLink> link = Optional.empty();

    /**
     * @param context the event loop that reads
     * @param onLost  called there, with the reason, before the steps in flight fail
     */
    RemoteStage(
            Context context,
            NodeIdentity identity,
            SocketAddress address,
            StageTerms terms,
            Limits limits,
            Consumer<String> onLost) {
        this.context = context;
        this.address = address;
        this.terms = terms;
        this.limits = limits;
        this.onLost = onLost;
        this.client = GrpcClient.client(
                context.owner(),
                new GrpcClientOptions().setMaxMessageSize(StageMessages.mostBytes(terms)),
                new HttpClientOptions()
                        .setProtocolVersion(HttpVersion.HTTP_2)
                        .setSsl(true)
                        .setUseAlpn(true)
                        .setKeyCertOptions(identity.keyCert())
                        .setTrustOptions(identity.trust())
                        .setConnectTimeout((int) CONNECT.toMillis())
                        .setSslHandshakeTimeout(CONNECT.toSeconds())
                        .setHttp2ConnectionWindowSize(StageMessages.WINDOW_BYTES)
                        .setInitialSettings(new Http2Settings().setInitialWindowSize(StageMessages.WINDOW_BYTES)));
    }

    /** Whether steps can be sent. Readable from any thread. */
    boolean connected() {
        return link.isPresent();
    }

    /**
     * On the event loop.
     *
     * @return what the stage says of itself; fails with {@link StageRefusedException} where it is another one than is
     *     wanted, else with whatever kept it from answering
     */
    Future<String> connect() {
        return client.request(address, StageMessages.CALLED).compose(request -> {
            StageLink fresh = new StageLink(context, request, terms, limits, toString(), this::lost);
            return fresh.open().onSuccess(welcome -> link = Optional.of(fresh));
        });
    }

    private void lost(StageLink broken, String why) {
        if (link.filter(current -> current == broken).isPresent()) {
            link = Optional.empty();
            onLost.accept(this + " is lost: " + why);
        }
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) throws StepException {
        StageLink current = link.orElseThrow(() -> fatal(this + " is lost", null));
        List<Rows> rows = StageMessages.rows(plan.id(), states(input));
        CompletableFuture<StageOutput> output = current.send(plan, rows);
        return () -> await(plan, current, output);
    }

    private static ByteBuffer states(StageOutput input) {
        if (input instanceof StageOutput.Hidden hidden) {
            return hidden.states();
        }
        throw new IllegalArgumentException("a later stage runs on hidden states, not on " + input);
    }

    private StageOutput await(StepPlan plan, StageLink current, CompletableFuture<StageOutput> output)
            throws StepException {
        try {
            return output.get(limits.stageTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            String why = "step " + plan.id() + " was not answered within " + limits.stageTimeout();
            current.giveUp(why);
            throw fatal(this + " is lost: " + why, e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StepException failure ? failure : fatal(this + " broke", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw fatal("interrupted", e);
        }
    }

    private static StepException fatal(String message, Throwable cause) {
        return new StepException(StepException.Kind.FATAL, message, cause);
    }

    @Override
    public void close() {
        Optional<StageLink> open = link;
        link = Optional.empty(); // what ends now was not lost
        open.ifPresent(current -> current.giveUp("the head closes"));
        client.close();
    }

    @Override
    public String toString() {
        return "stage " + terms.place() + " at " + address;
    }
}
