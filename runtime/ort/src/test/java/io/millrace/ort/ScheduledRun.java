package io.millrace.ort;

import io.millrace.api.Limits;
import io.millrace.api.SamplingParams;
import io.millrace.engine.Admission;
import io.millrace.engine.DraftSource;
import io.millrace.engine.KvSharing;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelStage;
import io.millrace.engine.PromptPace;
import io.millrace.engine.Scheduler;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A scheduler over stages, as the verticles run them: a step is begun as soon as it is planned, and awaited in its turn, also
 * where it was rolled back meanwhile. On the caller's thread.
 */
public final class ScheduledRun {
    public final Scheduler scheduler;
    /** By sequence. */
    public final Map<Long, List<Integer>> tokens = new HashMap<>();

    public final Map<Long, SequenceEvent.Ended> ends = new HashMap<>();
    public final List<StepException> failures = new ArrayList<>();
    private final List<ModelStage> stages;
    private final Deque<Begun> begun = new ArrayDeque<>();
    public int steps;

    private record Begun(StepPlan plan, StageRun first) {}

    /** Stages with a paged cache. */
    public ScheduledRun(Limits limits, List<ModelStage> stages) {
        this(limits, stages, DraftSource.NONE);
    }

    /** Stages with a paged cache, that verify what {@code drafts} guesses. */
    public ScheduledRun(Limits limits, List<ModelStage> stages, DraftSource drafts) {
        this(limits, stages, PromptPace.of(limits.tokenBudget()), KvSharing.IN_PLACE, drafts);
    }

    ScheduledRun(Limits limits, LoadedModel model) {
        this(limits, model, DraftSource.NONE);
    }

    ScheduledRun(Limits limits, LoadedModel model, DraftSource drafts) {
        this(limits, model.stages(), model.prompts(), model.sharing(), drafts);
    }

    private ScheduledRun(
            Limits limits, List<ModelStage> stages, PromptPace prompts, KvSharing sharing, DraftSource drafts) {
        this.scheduler = new Scheduler(
                limits, limits.contextTokens(), stages.size() == 1, prompts, sharing, stages.size(), drafts);
        this.stages = stages;
    }

    public long submit(int[] prompt, int maxTokens) {
        return submit(prompt, maxTokens, SamplingParams.GREEDY);
    }

    long submit(int[] prompt, int maxTokens, SamplingParams sampling) {
        SequenceSpec spec = new SequenceSpec(prompt.clone(), maxTokens, sampling);
        long id = ((Admission.Admitted) scheduler.submit(spec, 0)).id();
        tokens.put(id, new ArrayList<>());
        return id;
    }

    public void cancel(long id) {
        scheduler.cancel(id).ifPresent(this::on);
    }

    /** Begins what can be planned, then waits for the oldest step. False where there was none. */
    public boolean turn() {
        for (var plan = scheduler.plan(0); plan.isPresent(); plan = scheduler.plan(0)) {
            steps++;
            begun.add(new Begun(plan.get(), begin(stages.getFirst(), plan.get(), new StageOutput.Start())));
        }
        if (begun.isEmpty()) {
            return false;
        }
        Begun oldest = begun.removeFirst();
        try {
            scheduler.commit(finish(oldest).result()).forEach(this::on);
        } catch (StepException e) {
            failures.add(e);
            scheduler.fail(oldest.plan().id(), e.kind()).forEach(this::on);
        }
        return true;
    }

    /** A step that cannot be begun is one whose run fails, so that it is reported in its turn. */
    private static StageRun begin(ModelStage stage, StepPlan plan, StageOutput input) {
        try {
            return stage.begin(plan, input);
        } catch (StepException e) {
            return () -> {
                throw e;
            };
        }
    }

    private StageOutput.Sampled finish(Begun step) throws StepException {
        StageOutput output = step.first().await();
        for (ModelStage stage : stages.subList(1, stages.size())) {
            output = stage.begin(step.plan(), output).await();
        }
        return (StageOutput.Sampled) output;
    }

    private void on(SequenceEvent event) {
        switch (event) {
            case SequenceEvent.Sampled sampled -> tokens.get(sampled.id()).add(sampled.token());
            case SequenceEvent.Ended ended -> ends.put(ended.id(), ended);
        }
    }
}
