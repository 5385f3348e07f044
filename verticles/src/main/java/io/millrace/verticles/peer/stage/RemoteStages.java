package io.millrace.verticles.peer.stage;

import io.millrace.api.Limits;
import io.millrace.engine.ModelStage;
import io.millrace.verticles.peer.NodeIdentity;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All stages of a model but the head's own. They share one event loop, so that losses and returns have an order. */
public final class RemoteStages {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteStages.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final Context context;
    private final List<RemoteStage> stages = new ArrayList<>();
    private Optional<String> lastReason = Optional.empty();
    private boolean wereConnected;

    /**
     * @param context the event loop
     * @param nodes  of the second stage and on, in order
     * @param terms  of a stage, by its index
     * @param onLost called on the event loop, with the reason, whenever a stage is lost that was there
     */
    public RemoteStages(
            Context context,
            NodeIdentity identity,
            List<SocketAddress> nodes,
            Function<Integer, StageTerms> terms,
            Limits limits,
            Consumer<String> onLost) {
        this.vertx = context.owner();
        this.context = context;
        for (SocketAddress node : nodes) {
            StageTerms mine = terms.apply(stages.size() + 1);
            stages.add(new RemoteStage(context, identity, node, mine, limits, onLost));
        }
    }

    /** Closed by who runs them. */
    public List<ModelStage> stages() {
        return List.copyOf(stages);
    }

    /** Whether steps can pass through all of them. Readable from any thread. */
    public boolean connected() {
        return stages.stream().allMatch(RemoteStage::connected);
    }

    /**
     * Connects those that are not, again and again until all are.
     *
     * @param ready asked before each round: a stage comes back with an empty cache, so nothing of the time before may be
     *     on its way to it
     * @return completes on the event loop; the first time it fails where a stage is another one than is wanted, since only
     *     a person can mend that
     */
    public Future<Void> connect(BooleanSupplier ready) {
        Promise<Void> connected = Promise.promise();
        context.runOnContext(now -> round(ready, FIRST_RETRY, connected));
        return connected.future();
    }

    @Override
    public String toString() {
        return stages.stream().map(RemoteStage::toString).collect(Collectors.joining(", "));
    }

    private void round(BooleanSupplier ready, Duration delay, Promise<Void> connected) {
        Optional<RemoteStage> next =
                stages.stream().filter(stage -> !stage.connected()).findFirst();
        if (next.isEmpty()) {
            wereConnected = true;
            lastReason = Optional.empty();
            connected.complete();
        } else if (!ready.getAsBoolean()) {
            later(ready, delay, FIRST_RETRY, connected);
        } else {
            next.get()
                    .connect()
                    .onSuccess(description -> {
                        LOG.info("{}: {}", next.get(), description);
                        round(ready, FIRST_RETRY, connected);
                    })
                    .onFailure(failure -> failed(next.get(), failure, ready, delay, connected));
        }
    }

    private void failed(
            RemoteStage stage, Throwable failure, BooleanSupplier ready, Duration delay, Promise<Void> connected) {
        boolean wrong = failure instanceof StageRefusedException refused && !refused.retryable();
        if (wrong && !wereConnected) {
            connected.fail(failure);
            return;
        }
        String reason = stage + ": " + failure.getMessage();
        if (!lastReason.equals(Optional.of(reason))) {
            lastReason = Optional.of(reason);
            LOG.warn("waiting for {}", reason);
        }
        Duration doubled = delay.multipliedBy(2);
        later(ready, delay, doubled.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : doubled, connected);
    }

    private void later(BooleanSupplier ready, Duration delay, Duration nextDelay, Promise<Void> connected) {
        vertx.setTimer(delay.toMillis(), id -> round(ready, nextDelay, connected));
    }
}
