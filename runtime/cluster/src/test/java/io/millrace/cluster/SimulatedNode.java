package io.millrace.cluster;

import io.millrace.api.Limits;
import io.millrace.api.SamplingParams;
import io.millrace.engine.Admission;
import io.millrace.engine.KvSharing;
import io.millrace.engine.PromptPace;
import io.millrace.engine.Scheduler;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SequencedSet;

/**
 * A node of the simulation: the real scheduler, and a model of which only the time is left. A prefix that the node has
 * seen lately costs no computing.
 */
final class SimulatedNode {
    /** What SmolLM2 takes on two CPUs of 2026 (loadtest/RESULTS.md): a step, a row of it, a prompt token; microseconds. */
    private static final double STEP_MICROS = 5_700;

    private static final double ROW_MICROS = 4_800;
    private static final double PROMPT_TOKEN_MICROS = 2_560;

    private static final int ROWS = 16;
    private static final int CACHED_PREFIXES = 8;
    /** Weight of the newest output in the mean. */
    private static final double NEWEST = 0.02;

    private record Living(Crowd.Request request, boolean started) {}

    private final int prefixTokens;
    private final Limits limits = sixteenRows(Limits.DEFAULTS);
    private final Scheduler scheduler =
            new Scheduler(limits, limits.contextTokens(), true, PromptPace.of(Integer.MAX_VALUE), KvSharing.NONE, 1);
    private final Map<Long, Living> living = new HashMap<>();
    private final Queue<StepPlan> planned = new ArrayDeque<>();
    private final SequencedSet<Integer> cachedPrefixes = new LinkedHashSet<>();
    private double meanOutput = 100;
    private int refused;

    SimulatedNode(int prefixTokens) {
        this.prefixTokens = prefixTokens;
    }

    /** What the table was made with: rows are scarce, so it matters who gets a request. */
    private static Limits sixteenRows(Limits limits) {
        return new Limits(
                ROWS,
                limits.tokenBudget(),
                limits.prefillChunk(),
                limits.contextTokens(),
                limits.blockTokens(),
                ROWS * limits.contextTokens() / limits.blockTokens(),
                limits.prefixCacheTokens(),
                limits.stepsInFlight(),
                limits.draftTokens(),
                limits.draftSequences(),
                limits.stepRetries(),
                limits.maxWaiting(),
                limits.maxWaitingTokens(),
                limits.mailbox(),
                limits.outputBufferBytes(),
                limits.replayEvents(),
                limits.eventsPerFrame(),
                limits.stallTimeout(),
                limits.replayWindow(),
                limits.maxDetachedStreams(),
                limits.maxStreams(),
                limits.maxStreamsPerConnection(),
                limits.maxResetsPerConnection(),
                limits.maxConnections(),
                limits.maxFrameBytes(),
                limits.maxStopStrings(),
                limits.maxStopLength(),
                limits.maxMessages(),
                limits.maxTools(),
                limits.maxToolCallLength(),
                limits.maxTemplateOutput(),
                limits.templateTimeout(),
                limits.idleTimeout(),
                limits.stageTimeout(),
                limits.drainTimeout());
    }

    /** Nanoseconds that the step at hand takes, or a negative number where there is none to start. */
    long begin(long now) {
        scheduler.plan(now).ifPresent(planned::add);
        return planned.isEmpty() ? -1 : nanos(planned.element());
    }

    boolean submit(Crowd.Request request, long now) {
        int cached = cachedPrefixes.contains(request.prefix()) ? prefixTokens : 0;
        remember(request.prefix());
        int[] prompt = new int[Math.max(1, request.prompt() - cached)];
        SequenceSpec spec = new SequenceSpec(prompt, request.output(), SamplingParams.GREEDY);
        return switch (scheduler.submit(spec, now)) {
            case Admission.Admitted admitted -> {
                living.put(admitted.id(), new Living(request, false));
                yield true;
            }
            case Admission.Refused full -> {
                refused++;
                yield false;
            }
        };
    }

    /** The step at hand is over. */
    void commit(long now, Measurements measurements) {
        StepPlan plan = planned.remove();
        int draws = plan.drawCount();
        for (SequenceEvent event : scheduler.commit(new StepResult(plan.id(), new int[draws]))) {
            switch (event) {
                case SequenceEvent.Sampled sampled -> sampled(sampled.id(), now, measurements);
                case SequenceEvent.Ended ended -> ended(ended.id(), now, measurements);
            }
        }
    }

    private void sampled(long id, long now, Measurements measurements) {
        Living sequence = living.get(id);
        if (!sequence.started()) {
            measurements.firstToken(now - sequence.request().arrivalNanos());
            living.put(id, new Living(sequence.request(), true));
        }
    }

    private void ended(long id, long now, Measurements measurements) {
        Crowd.Request request = living.remove(id).request();
        meanOutput += NEWEST * (request.output() - meanOutput);
        measurements.finished(request.output(), now);
    }

    NodeHint hint(String name, String model) {
        SchedulerLoad load = scheduler.load();
        long tokens = load.waitingPromptTokens() + Math.round((load.running() + load.waiting()) * meanOutput);
        return new NodeHint(name, "", 0, model, true, tokens, (double) load.freeBlocks() / limits.kvBlocks());
    }

    int refused() {
        return refused;
    }

    private void remember(int prefix) {
        cachedPrefixes.remove(prefix);
        cachedPrefixes.addLast(prefix);
        if (cachedPrefixes.size() > CACHED_PREFIXES) {
            cachedPrefixes.removeFirst();
        }
    }

    private static long nanos(StepPlan plan) {
        List<StepPlan.Slice> slices = plan.slices();
        long rows = slices.stream().filter(slice -> slice.tokens().length == 1).count();
        double prompt = plan.tokenCount() - rows;
        return (long) ((STEP_MICROS + ROW_MICROS * rows + PROMPT_TOKEN_MICROS * prompt) * 1_000);
    }
}
