package io.millrace.engine;

import io.millrace.api.Limits;
import io.millrace.api.SamplingParams;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One worker in simulated time, under arrivals whose rate changes every 20 seconds, and a tuner that looks once a second. What
 * a step costs is a CPU's: a fixed part, one for each single token, one for each token of a prompt.
 */
final class ChangingLoad {
    private static final long SECOND = 1_000_000_000L;
    private static final long PHASE = 20 * SECOND;
    private static final double[] ARRIVALS_PER_SECOND = {0.5, 3, 1, 6, 0.5};
    private static final long FIXED = 8_000_000L;
    private static final long A_SINGLE_TOKEN = 2_000_000L;
    private static final long A_PROMPT_TOKEN = 1_000_000L;
    private static final int[] PROMPT = new int[200];
    private static final int OUTPUT = 64;

    /**
     * @param tokens all that came out
     * @param gapP95 between two tokens of a stream, ns
     * @param meanWait from arrival to the first token, ns
     * @param bounds after each look
     */
    record Result(int tokens, long gapP95, double meanWait, List<StepBounds> bounds) {}

    private final Scheduler scheduler;
    private final BatchTuner tuner;
    private final Random random;
    private final Map<Long, Long> submitted = new HashMap<>();
    private final Map<Long, Long> lastToken = new HashMap<>();
    private final List<Long> gaps = new ArrayList<>();
    private final List<Long> waits = new ArrayList<>();
    private final List<Long> gapsOfLook = new ArrayList<>();
    private final List<StepBounds> bounds = new ArrayList<>();
    private long now;
    private long nextArrival;
    private long busy;

    private ChangingLoad(Limits limits, int promptTokens, BatchTuner tuner, long seed) {
        scheduler = new Scheduler(limits, limits.contextTokens(), true, PromptPace.of(promptTokens), KvSharing.NONE, 1);
        this.tuner = tuner;
        random = new Random(seed);
    }

    static Result run(BatchTuner tuner, StepBounds most, long seed) {
        Limits limits = TestLimits.with("maxBatch", most.sequences(), "maxWaiting", 4096, "maxWaitingTokens", 1 << 20);
        return new ChangingLoad(limits, most.promptTokens(), tuner, seed).run();
    }

    private Result run() {
        long look = SECOND;
        int tokens = 0;
        while (now < PHASE * ARRIVALS_PER_SECOND.length) {
            arrive();
            tokens += scheduler.plan(now).map(this::step).orElseGet(this::idle);
            if (now >= look) {
                tune(look - SECOND);
                look = now + SECOND;
            }
        }
        return new Result(
                tokens,
                percentile(gaps),
                waits.stream().mapToLong(wait -> wait).average().orElse(0),
                bounds);
    }

    private void arrive() {
        while (nextArrival <= now) {
            SequenceSpec spec = new SequenceSpec(PROMPT.clone(), OUTPUT, SamplingParams.GREEDY);
            if (scheduler.submit(spec, now) instanceof Admission.Admitted admitted) {
                submitted.put(admitted.id(), now);
            }
            int phase = (int) Math.min(now / PHASE, ARRIVALS_PER_SECOND.length - 1);
            nextArrival += (long) (-Math.log(1 - random.nextDouble()) / ARRIVALS_PER_SECOND[phase] * SECOND);
        }
    }

    private int step(StepPlan plan) {
        int singles = 0;
        int draws = 0;
        for (StepPlan.Slice slice : plan.slices()) {
            singles += slice.tokens().length == 1 ? 1 : 0;
            draws += slice.draws();
        }
        long cost = FIXED + A_SINGLE_TOKEN * singles + A_PROMPT_TOKEN * (plan.tokenCount() - singles);
        now += cost;
        busy += cost;
        int[] drawn = new int[draws];
        Arrays.fill(drawn, 1);
        int tokens = 0;
        for (SequenceEvent event : scheduler.commit(new StepResult(plan.id(), drawn, new float[draws]))) {
            tokens += event instanceof SequenceEvent.Sampled ? seen(event.id()) : 0;
        }
        return tokens;
    }

    private int seen(long sequence) {
        Long before = lastToken.put(sequence, now);
        if (before == null) {
            waits.add(now - submitted.get(sequence));
        } else {
            gaps.add(now - before);
            gapsOfLook.add(now - before);
        }
        return 1;
    }

    private int idle() {
        now = Math.max(now + 1, nextArrival);
        return 0;
    }

    private void tune(long since) {
        WorkerUse use = new WorkerUse(Math.min(1, busy / (double) (now - since)), percentile(gapsOfLook));
        scheduler.bound(tuner.next(scheduler.bounds(), use));
        bounds.add(scheduler.bounds());
        gapsOfLook.clear();
        busy = 0;
    }

    private static long percentile(List<Long> values) {
        return values.isEmpty() ? 0 : values.stream().sorted().toList().get((int) (values.size() * 0.95));
    }
}
