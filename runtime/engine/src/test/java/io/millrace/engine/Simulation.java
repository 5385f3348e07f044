package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.SamplingParams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** One world of a seed: clients, a scheduler and a pipeline, and chance between them. Checks after every move. */
final class Simulation {
    /** Far more than a step needs on its way through three stages by chance. */
    private static final int MOVES_PER_STEP = 100;
    /** Micro-batches change size when sequences come and go; one may miss as many rounds, never more. */
    private static final int ROUNDS_LEFT_OUT = 4;

    private final SplittableRandom random;
    private final SimulationSetup setup;
    private final Scheduler scheduler;
    private final FakePipeline pipeline;
    private final TreeMap<Long, SimulatedStream> streams = new TreeMap<>();
    private final Map<Long, SequenceSpec> specs = new HashMap<>();
    /** That prompts have in common, up to some token. */
    private final int[][] beginnings = new int[2][];

    private long nowNanos;
    private long trace;
    private int steps;

    Simulation(long seed) {
        random = new SplittableRandom(seed);
        setup = SimulationSetup.draw(random);
        scheduler = new Scheduler(
                setup.limits(),
                setup.contextTokens(),
                setup.feedsBack(),
                setup.prompts(),
                setup.sharing(),
                setup.stages(),
                this::draft);
        pipeline = new FakePipeline(setup, random, specs);
        for (int i = 0; i < beginnings.length; i++) {
            beginnings[i] =
                    random.ints(setup.contextTokens(), 0, FakeModel.VOCABULARY).toArray();
        }
    }

    /** Disturbs for a while, then lets everything come to its end. Returns the steps planned. */
    int run(int moves) {
        for (int i = 0; i < moves; i++) {
            move();
            Invariants.ofBooks(scheduler, setup);
        }
        for (SimulatedStream stream : streams.values()) {
            release(stream);
        }
        int moved = 0;
        while (scheduler.activeCount() > 0 || !pipeline.idle()) {
            assertTrue(moved++ < MOVES_PER_STEP * ageBound(), "does not drain");
            turnTheRing(false);
            Invariants.ofBooks(scheduler, setup);
        }
        assertTrue(streams.isEmpty(), "admitted and never ended");
        assertEquals(setup.limits().kvBlocks(), scheduler.load().freeBlocks());
        return steps;
    }

    KvSharing sharing() {
        return setup.sharing();
    }

    DraftUse drafts() {
        return scheduler.drafts();
    }

    PrefixCacheUse prefixCache() {
        return scheduler.prefixCache();
    }

    /** A digest of everything that was seen. */
    long trace() {
        return trace;
    }

    private void move() {
        nowNanos += random.nextLong(Duration.ofMillis(500).toNanos());
        int draw = random.nextInt(100);
        if (draw < setup.arrivals()) {
            submit();
        } else if (draw >= 92 && random.nextDouble() < setup.disturbance()) {
            disturb(draw - 92);
        } else {
            turnTheRing(true);
        }
    }

    private void turnTheRing(boolean mayFail) {
        int first = random.nextInt(3);
        if (first == 0 && plan() || first <= 1 && pipeline.runAny(mayFail)) {
            return;
        }
        pipeline.nextReport().ifPresentOrElse(this::report, this::plan);
    }

    private void submit() {
        int prompt = random.nextInt(setup.contextTokens() + 2);
        int[] tokens = random.ints(prompt, 0, FakeModel.VOCABULARY).toArray();
        int common = random.nextInt(Math.min(prompt, setup.contextTokens()) + 1);
        System.arraycopy(beginnings[random.nextInt(beginnings.length)], 0, tokens, 0, common);
        SamplingParams sampling =
                new SamplingParams(1, 0, 1, 0, random.nextInt(3) == 0 ? 1.1f : 1, 0, 0, random.nextLong());
        int[] ends = random.nextInt(3) == 0 ? new int[0] : new int[] {FakeModel.END, 7};
        SequenceSpec spec = new SequenceSpec(tokens, random.nextInt(20), sampling, ends)
                .salted(random.nextInt(4) == 0 ? "another tenant" : "");
        SchedulerLoad load = scheduler.load();
        switch (scheduler.submit(spec, nowNanos)) {
            case Admission.Admitted admitted -> {
                assertTrue(load.waiting() < setup.limits().maxWaiting(), "waiting sequences");
                assertTrue(load.waitingPromptTokens() + prompt <= setup.limits().maxWaitingTokens(), "waiting tokens");
                specs.put(admitted.id(), spec);
                streams.put(admitted.id(), new SimulatedStream(admitted.id(), spec, setup.contextTokens()));
            }
            case Admission.Refused refused -> {
                boolean invalid = prompt == 0 || prompt > setup.contextTokens();
                assertEquals(
                        invalid ? ErrorCode.INVALID_REQUEST : ErrorCode.OVERLOADED,
                        refused.rejection().code());
            }
        }
    }

    /** What the stream of these tokens will say, with a mistake now and then; behind its end, anything. */
    private int[] draft(int[] tokens, int length, int most) {
        int[] drafts = random.ints(most, 0, FakeModel.VOCABULARY).toArray();
        for (SimulatedStream stream : streams.values()) {
            int[] rest = stream.restOf(tokens, length);
            System.arraycopy(rest, 0, drafts, 0, Math.min(rest.length, most));
        }
        if (most > 1 && random.nextBoolean()) {
            drafts[random.nextInt(most)] = random.nextInt(FakeModel.VOCABULARY);
        }
        return drafts;
    }

    private void disturb(int kind) {
        if (kind == 0) {
            scheduler.expire(nowNanos).forEach(event -> on(event, false));
            long timeout = setup.limits().stallTimeout().toNanos();
            streams.values().forEach(s -> assertTrue(!s.stalled || nowNanos - s.stalledSince < timeout, "stalled"));
            return;
        }
        Optional<SimulatedStream> drawn = anyStream();
        if (drawn.isEmpty()) {
            return;
        }
        SimulatedStream stream = drawn.get();
        switch (kind) {
            case 1 -> end(random.nextBoolean() ? scheduler.cancel(stream.id) : scheduler.finish(stream.id));
            case 2, 3 -> stall(stream);
            case 4, 5 -> park(stream);
            default -> release(stream);
        }
    }

    private void stall(SimulatedStream stream) {
        scheduler.stall(stream.id, nowNanos);
        if (stream.wantsToRun()) {
            stream.stalled = true;
            stream.stalledSince = nowNanos;
        }
    }

    private void park(SimulatedStream stream) {
        scheduler.park(stream.id);
        stream.stalled = false;
        stream.parked = true;
    }

    private void release(SimulatedStream stream) {
        scheduler.unstall(stream.id);
        scheduler.unpark(stream.id);
        stream.stalled = false;
        stream.parked = false;
        stream.stepsWithoutToken = 0;
    }

    private void end(Optional<SequenceEvent.Ended> ended) {
        on(ended.orElseThrow(), false);
    }

    /** Returns whether there was a step to plan. */
    private boolean plan() {
        Set<Long> residents = Invariants.residents(scheduler);
        Set<Long> streaming = Invariants.streaming(scheduler, steps, setup.feedsBack());
        Optional<StepPlan> plan = scheduler.plan(nowNanos);
        Invariants.ofOrder(scheduler, residents);
        if (plan.isEmpty()) {
            return false;
        }
        assertEquals(steps++, plan.get().id());
        Invariants.ofPlan(plan.get(), setup);
        for (StepPlan.Slice slice : plan.get().slices()) {
            streaming.remove(slice.sequence());
            SimulatedStream stream = streams.get(slice.sequence());
            assertTrue(stream.wantsToRun(), "planned though stalled or parked");
            stream.passedOver = 0;
        }
        streaming.retainAll(Invariants.residents(scheduler));
        int most = setup.feedsBack() ? 0 : ROUNDS_LEFT_OUT * setup.limits().stepsInFlight();
        for (long id : streaming) {
            assertTrue(streams.get(id).passedOver++ < most, "left out though it lacks one token only");
        }
        pipeline.enqueue(plan.get());
        return true;
    }

    private void report(FakePipeline.Report report) {
        List<SequenceEvent> events = new ArrayList<>();
        report.failure().ifPresent(kind -> {
            events.addAll(scheduler.fail(report.step(), kind));
            if (scheduler.activeCount() == 0) {
                pipeline.abandon();
            }
        });
        report.result().ifPresent(result -> {
            int inFlight = scheduler.load().stepsInFlight();
            events.addAll(scheduler.commit(result));
            if (scheduler.load().stepsInFlight() < inFlight) {
                age();
            }
        });
        events.forEach(event -> on(event, report.result().isPresent()));
    }

    private void age() {
        for (SimulatedStream stream : streams.values()) {
            stream.stepsWithoutToken += stream.wantsToRun() ? 1 : 0;
            assertTrue(stream.stepsWithoutToken < ageBound(), "starved");
        }
    }

    /** Steps in which all others can have been computed from the start and generated to their ends, twice. */
    private int ageBound() {
        return 4 * setup.limits().maxStreams() * (setup.contextTokens() + 1);
    }

    private void on(SequenceEvent event, boolean byModel) {
        trace = trace * 31 + event.hashCode();
        SimulatedStream stream = streams.get(event.id());
        assertNotNull(stream, "event of a sequence that has ended");
        switch (event) {
            case SequenceEvent.Sampled sampled -> stream.on(sampled);
            case SequenceEvent.Ended ended -> {
                stream.on(ended, byModel);
                streams.remove(ended.id());
            }
        }
    }

    private Optional<SimulatedStream> anyStream() {
        return streams.values().stream()
                .skip(random.nextInt(streams.size() + 1))
                .findFirst();
    }
}
