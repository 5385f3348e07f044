package io.millrace.verticles.peer.stage;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.peer.stage.Hello;
import io.millrace.peer.stage.Pong;
import io.millrace.peer.stage.Refused;
import io.millrace.peer.stage.Rows;
import io.millrace.peer.stage.StageReply;
import io.millrace.peer.stage.StageRequest;
import io.millrace.peer.stage.Step;
import io.millrace.peer.stage.Welcome;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.grpc.server.GrpcServerRequest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The stream of one head, from its Hello to its end. Owned by an event loop. */
final class StageSession {
    private static final Logger LOG = LoggerFactory.getLogger(StageSession.class);
    /** How often silence is looked for, as a part of what is borne. */
    private static final int LOOKS = 4;

    private final Vertx vertx;
    private final Context context;
    private final StageServiceVerticle.Setup setup;
    private final GrpcServerRequest<StageRequest, StageReply> request;
    private final Predicate<StageSession> takes;
    private final Consumer<StageSession> onOver;
    private final StateRing ring;
    private final long silenceTimer;
    private long heardNanos = System.nanoTime();
    private boolean welcome;
    private boolean over;
    private int steps;
    /** The step whose hidden states are coming in. */
    private Optional<StepPlan> incoming = Optional.empty();

    /**
     * @param takes  whether this is to be the one head
     * @param onOver called once, when nothing more is read or written
     */
    StageSession(
            Vertx vertx,
            StageServiceVerticle.Setup setup,
            GrpcServerRequest<StageRequest, StageReply> request,
            Predicate<StageSession> takes,
            Consumer<StageSession> onOver) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.setup = setup;
        this.request = request;
        this.takes = takes;
        this.onOver = onOver;
        this.ring = new StateRing(setup.terms().mostSteps());
        long patience = setup.limits().stageTimeout().toMillis();
        silenceTimer = vertx.setPeriodic(Math.max(1, patience / LOOKS), id -> listen());
        request.exceptionHandler(gone -> gone("the head is gone"));
        request.errorHandler(reset -> gone("the head's stream broke: " + reset));
        request.endHandler(end -> close("the head has ended"));
        request.handler(this::read);
    }

    private void read(StageRequest message) {
        if (over) {
            return;
        }
        heardNanos = System.nanoTime();
        try {
            switch (message.getRequestCase()) {
                case HELLO -> hello(message.getHello());
                case STEP -> step(message.getStep());
                case ROWS -> rows(message.getRows());
                case PING ->
                    write(StageReply.newBuilder()
                            .setPong(Pong.getDefaultInstance())
                            .build());
                case REQUEST_NOT_SET -> throw new IllegalArgumentException("a message of no kind that is known");
            }
        } catch (IllegalArgumentException broken) {
            close(String.valueOf(broken.getMessage()));
        }
    }

    private void hello(Hello hello) {
        if (welcome) {
            throw new IllegalArgumentException("a second Hello");
        }
        Optional<String> differs = setup.terms().refusal(hello.getTermsMap());
        if (differs.isPresent()) {
            refuse(differs.get(), false);
        } else if (!takes.test(this)) {
            refuse("the stage serves another head", true);
        } else {
            welcome = true;
            LOG.info("a head at {} has taken the stage", request.connection().remoteAddress());
            write(StageReply.newBuilder()
                    .setWelcome(Welcome.newBuilder().setDescription(setup.description()))
                    .build());
        }
    }

    private void refuse(String reason, boolean retryable) {
        LOG.warn("a head at {} is refused: {}", request.connection().remoteAddress(), reason);
        end(reason, retryable);
    }

    private void step(Step step) {
        if (!welcome || incoming.isPresent()) {
            throw new IllegalArgumentException("a Step before its time");
        }
        StepPlan plan = StageMessages.plan(step);
        long tokens =
                plan.slices().stream().mapToLong(slice -> slice.tokens().length).sum();
        if (tokens == 0 || tokens > setup.terms().tokenBudget()) {
            throw new IllegalArgumentException("a step of " + tokens + " tokens, where limits.token-budget is "
                    + setup.terms().tokenBudget());
        }
        if (++steps > setup.terms().mostSteps()) {
            throw new IllegalArgumentException(steps + " steps at once, where limits.steps-in-flight allows "
                    + setup.terms().mostSteps());
        }
        ring.begin(setup.terms().bytes((int) tokens));
        incoming = Optional.of(plan);
    }

    private void rows(Rows rows) {
        StepPlan plan = incoming.filter(step -> step.id() == rows.getStep())
                .orElseThrow(() -> new IllegalArgumentException("rows of no step that is coming in"));
        ring.add(rows.getStates()).ifPresent(states -> run(plan, states));
    }

    /** The output is copied on the worker's thread, before its stage may use the memory again. */
    private void run(StepPlan plan, ByteBuffer states) {
        incoming = Optional.empty();
        setup.pipeline()
                .run(
                        plan,
                        new StageOutput.Hidden(states),
                        output -> answer(replies(plan.id(), output)),
                        failure -> failed(plan.id(), failure));
    }

    private static List<StageReply> replies(long step, StageOutput output) {
        return switch (output) {
            case StageOutput.Hidden hidden ->
                StageMessages.rows(step, hidden.states()).stream()
                        .map(rows -> StageReply.newBuilder().setRows(rows).build())
                        .toList();
            case StageOutput.Sampled sampled ->
                List.of(StageReply.newBuilder()
                        .setSampled(StageMessages.sampled(sampled.result()))
                        .build());
            case StageOutput.Start start -> throw new IllegalStateException("a stage that puts out nothing");
        };
    }

    private void failed(long step, StepException failure) {
        LOG.warn("step {} failed ({}): {}", step, failure.kind(), failure.getMessage(), failure.getCause());
        answer(List.of(StageReply.newBuilder()
                .setFailed(StageMessages.failed(step, failure))
                .build()));
        if (failure.kind() == StepException.Kind.FATAL) {
            setup.onLost().run();
        }
    }

    private void answer(List<StageReply> replies) {
        context.runOnContext(now -> {
            steps--;
            replies.forEach(this::write);
        });
    }

    /** A stream that has failed says so here, and to its handlers a little later. */
    private void write(StageReply reply) {
        if (over) {
            return;
        }
        try {
            request.response().write(reply);
        } catch (IllegalStateException failed) {
            gone(String.valueOf(failed.getMessage()));
        }
    }

    /** A head pings. One that does not is gone, and another may come. */
    private void listen() {
        if (System.nanoTime() - heardNanos > setup.limits().stageTimeout().toNanos()) {
            close("the head is silent");
        }
    }

    private void close(String why) {
        if (welcome && !over) {
            LOG.info("the stage is free: {}", why);
        }
        end(why, true);
    }

    /** A status would say less: clients do not show its words. */
    private void end(String why, boolean retryable) {
        write(StageReply.newBuilder()
                .setRefused(Refused.newBuilder().setReason(why).setRetryable(retryable))
                .build());
        if (over()) {
            request.response().end();
        }
    }

    /** Nobody is left to be told anything. */
    private void gone(String why) {
        if (over() && welcome) {
            LOG.info("the stage is free: {}", why);
        }
    }

    /** False where it was over already. */
    private boolean over() {
        if (over) {
            return false;
        }
        over = true;
        vertx.cancelTimer(silenceTimer);
        onOver.accept(this);
        return true;
    }
}
