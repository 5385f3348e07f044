package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.api.SamplingParams;
import io.millrace.engine.SequenceEvent.Ended;
import io.millrace.engine.SequenceEvent.Sampled;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A scheduler to try one rule on, in the words of a test. */
final class Bench {
    static final int END = 99;
    /** What {@link #commit(StepPlan)} lets every sequence draw. */
    static final int TOKEN = 7;

    final Scheduler scheduler;
    long nowNanos;

    /** One step in flight, no feedback; the context is {@code Limits.contextTokens}. */
    static Bench simple(Object... limits) {
        Object[] all = Arrays.copyOf(limits, limits.length + 2);
        all[limits.length] = "stepsInFlight";
        all[limits.length + 1] = 1;
        return new Bench(false, 1, all);
    }

    /** A runner that feeds tokens back, with two steps in flight. */
    static Bench feedingBack(Object... limits) {
        return new Bench(true, 1, limits);
    }

    /** {@link #simple()} on a device that computes prompts like this. */
    static Bench of(PromptPace prompts) {
        return new Bench(false, prompts, 1, KvSharing.NONE, TestLimits.with("stepsInFlight", 1));
    }

    Bench(boolean feedsBack, int stages, Object... changes) {
        this(feedsBack, PromptPace.of(Integer.MAX_VALUE), stages, KvSharing.NONE, TestLimits.with(changes));
    }

    Bench(boolean feedsBack, PromptPace prompts, int stages, KvSharing sharing, Limits limits) {
        scheduler = new Scheduler(limits, limits.contextTokens(), feedsBack, prompts, sharing, stages);
    }

    /** A runner that feeds tokens back, and guesses of {@code drafts}. */
    static Bench guessing(DraftSource drafts, Object... limits) {
        Limits all = TestLimits.with(limits);
        return new Bench(new Scheduler(
                all, all.contextTokens(), true, PromptPace.of(Integer.MAX_VALUE), KvSharing.IN_PLACE, 1, drafts));
    }

    private Bench(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    long submit(int promptTokens, int maxTokens) {
        return submit(promptTokens, maxTokens, SamplingParams.GREEDY);
    }

    long submit(int promptTokens, int maxTokens, SamplingParams sampling) {
        Admission admission = scheduler.submit(spec(promptTokens, maxTokens, sampling), nowNanos);
        return assertInstanceOf(Admission.Admitted.class, admission).id();
    }

    Rejection refused(int promptTokens, int maxTokens) {
        Admission admission = scheduler.submit(spec(promptTokens, maxTokens, SamplingParams.GREEDY), nowNanos);
        return assertInstanceOf(Admission.Refused.class, admission).rejection();
    }

    /** A prompt of tokens 1, 2, 3 and so on. */
    private static SequenceSpec spec(int promptTokens, int maxTokens, SamplingParams sampling) {
        return new SequenceSpec(IntStream.rangeClosed(1, promptTokens).toArray(), maxTokens, sampling, END);
    }

    StepPlan plan() {
        return scheduler.plan(nowNanos).orElseThrow();
    }

    void noPlan() {
        assertEquals(List.of(), scheduler.plan(nowNanos).stream().toList());
    }

    List<SequenceEvent> commit(StepPlan plan) {
        int[] tokens = new int[plan.drawCount()];
        Arrays.fill(tokens, TOKEN);
        return commit(plan, tokens);
    }

    List<SequenceEvent> commit(StepPlan plan, int... tokens) {
        return scheduler.commit(new StepResult(plan.id(), tokens));
    }

    /** Plans and commits. */
    StepPlan step() {
        StepPlan plan = plan();
        commit(plan);
        return plan;
    }

    /** A plan as text, one word per slice: {@code sequence@slot:start+count}, and {@code !} where it samples. */
    static String words(StepPlan plan) {
        return String.join(
                " ",
                plan.slices().stream()
                        .map(slice -> slice.sequence() + "@" + slice.slot() + ":" + slice.start() + "+"
                                + slice.tokens().length + (slice.samples() ? "!" : ""))
                        .toList());
    }

    /** Events as text: {@code sequence#number=token} and {@code sequence:REASON}. */
    static String words(List<? extends SequenceEvent> events) {
        return String.join(" ", events.stream().map(Bench::word).toList());
    }

    private static String word(SequenceEvent event) {
        return switch (event) {
            case Sampled sampled -> sampled.id() + "#" + sampled.number() + "=" + sampled.token();
            case Ended ended -> ended.id() + ":" + ended.reason();
        };
    }

    static FinishReason reason(List<SequenceEvent> events) {
        return assertInstanceOf(Ended.class, events.getLast()).reason();
    }
}
