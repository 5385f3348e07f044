package io.millrace.verticles.peer.stage;

import io.millrace.api.Limits;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.peer.stage.Failed;
import io.millrace.peer.stage.Hello;
import io.millrace.peer.stage.Ping;
import io.millrace.peer.stage.Refused;
import io.millrace.peer.stage.Rows;
import io.millrace.peer.stage.Sampled;
import io.millrace.peer.stage.StageReply;
import io.millrace.peer.stage.StageRequest;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/**
 * One connection of a head to a stage, from Hello to loss. Owned by an event loop; {@link #send} and {@link #giveUp} may be
 * called from any thread, sends from one only.
 */
final class StageLink {
    /** How often the stage is asked whether it is there; more often where silence is borne for less than some of these. */
    private static final Duration PING = Duration.ofSeconds(1);

    private static final int PINGS_BEFORE_LOSS = 4;

    private final Vertx vertx;
    private final Context context;
    private final GrpcClientRequest<StageRequest, StageReply> request;
    private final StageTerms terms;
    private final Limits limits;
    private final String name;
    private final BiConsumer<StageLink, String> onLost;
    private final StateRing ring;
    private final Promise<String> welcome = Promise.promise();
    /** Steps sent and not answered, oldest first; the scheduler makes no more than {@code Limits.stepsInFlight}. */
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();

    private long timer = -1;
    private long heardNanos = System.nanoTime();
    private boolean answering;
    private boolean over;

    private record Pending(StepPlan plan, CompletableFuture<StageOutput> output) {}

    /** @param onLost called once, on the event loop, before the steps in flight fail */
    StageLink(
            Context context,
            GrpcClientRequest<StageRequest, StageReply> request,
            StageTerms terms,
            Limits limits,
            String name,
            BiConsumer<StageLink, String> onLost) {
        this.vertx = context.owner();
        this.context = context;
        this.request = request;
        this.terms = terms;
        this.limits = limits;
        this.name = name;
        this.onLost = onLost;
        this.ring = new StateRing(terms.mostSteps());
    }

    /** Says Hello. Completes with the stage's description. */
    Future<String> open() {
        request.exceptionHandler(broken -> lose(String.valueOf(broken.getMessage())));
        request.response().onSuccess(this::listen).onFailure(broken -> lose(String.valueOf(broken.getMessage())));
        write(StageRequest.newBuilder()
                .setHello(Hello.newBuilder().putAllTerms(terms.asMap()))
                .build());
        long patience = limits.stageTimeout().toMillis();
        timer = vertx.setPeriodic(Math.min(PING.toMillis(), patience / PINGS_BEFORE_LOSS), id -> ping());
        return welcome.future();
    }

    private void listen(GrpcClientResponse<StageRequest, StageReply> response) {
        response.exceptionHandler(broken -> lose(String.valueOf(broken.getMessage())));
        response.errorHandler(error -> lose("it sent what cannot be read: " + error));
        response.endHandler(end -> lose(ending(response)));
        response.handler(this::read);
    }

    private static String ending(GrpcClientResponse<StageRequest, StageReply> response) {
        String why = response.statusMessage();
        return why == null || why.isEmpty() ? "it ended the stream" : why;
    }

    /** Writes a step and its hidden states; fails where the link is lost. */
    CompletableFuture<StageOutput> send(StepPlan plan, List<Rows> rows) {
        CompletableFuture<StageOutput> output = new CompletableFuture<>();
        StageRequest step =
                StageRequest.newBuilder().setStep(StageMessages.step(plan)).build();
        context.runOnContext(now -> {
            if (over) {
                output.completeExceptionally(lost("the link is closed"));
                return;
            }
            pending.add(new Pending(plan, output));
            write(step);
            rows.forEach(piece -> write(StageRequest.newBuilder().setRows(piece).build()));
        });
        return output;
    }

    /** A stream that has failed says so here, and to its handlers a little later. */
    private void write(StageRequest message) {
        if (over) {
            return;
        }
        try {
            request.write(message);
        } catch (IllegalStateException failed) {
            lose(String.valueOf(failed.getMessage()));
        }
    }

    void giveUp(String why) {
        context.runOnContext(now -> lose(why));
    }

    private void read(StageReply reply) {
        if (over) {
            return;
        }
        heardNanos = System.nanoTime();
        try {
            switch (reply.getReplyCase()) {
                case WELCOME -> welcome.tryComplete(reply.getWelcome().getDescription());
                case REFUSED -> refused(reply.getRefused());
                case ROWS -> rows(reply.getRows());
                case SAMPLED -> sampled(reply.getSampled());
                case FAILED -> failed(reply.getFailed());
                case PONG -> {}
                case REPLY_NOT_SET -> throw new IllegalArgumentException("it sent a message of no kind that is known");
            }
        } catch (IllegalArgumentException broken) {
            lose(broken.getMessage());
        }
    }

    private void refused(Refused refused) {
        welcome.tryFail(new StageRefusedException(name + ": " + refused.getReason(), refused.getRetryable()));
        lose(refused.getReason());
    }

    private void rows(Rows rows) {
        Pending due = due(rows.getStep());
        if (!answering) {
            ring.begin(terms.bytes(due.plan().tokenCount()));
            answering = true;
        }
        ring.add(rows.getStates()).ifPresent(states -> {
            answering = false;
            pending.remove().output().complete(new StageOutput.Hidden(states));
        });
    }

    private void sampled(Sampled sampled) {
        due(sampled.getStep());
        pending.remove().output().complete(new StageOutput.Sampled(StageMessages.result(sampled)));
    }

    /** A stage that has broken for good is as lost as one that is gone. */
    private void failed(Failed failed) {
        due(failed.getStep());
        StepException failure = StageMessages.failure(failed, name);
        if (failure.kind() == StepException.Kind.FATAL) {
            lose(failed.getMessage());
        } else {
            pending.remove().output().completeExceptionally(failure);
        }
    }

    private Pending due(long step) {
        if (pending.isEmpty() || pending.peek().plan().id() != step) {
            throw new IllegalArgumentException("it answered step " + step + ", which is not due");
        }
        return pending.peek();
    }

    private void ping() {
        if (System.nanoTime() - heardNanos > limits.stageTimeout().toNanos()) {
            lose("nothing was heard of it for " + limits.stageTimeout());
        } else {
            write(StageRequest.newBuilder().setPing(Ping.getDefaultInstance()).build());
        }
    }

    private void lose(String why) {
        if (over) {
            return;
        }
        over = true;
        vertx.cancelTimer(timer);
        request.cancel();
        welcome.tryFail(new IOException(name + ": " + why));
        onLost.accept(this, why);
        pending.forEach(step -> step.output().completeExceptionally(lost(why)));
        pending.clear();
    }

    private StepException lost(String why) {
        return new StepException(StepException.Kind.FATAL, name + " is lost: " + why, null);
    }
}
