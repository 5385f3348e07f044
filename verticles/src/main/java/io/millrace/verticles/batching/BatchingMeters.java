package io.millrace.verticles.batching;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.millrace.engine.DraftUse;
import io.millrace.engine.PrefixCacheUse;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.StepBounds;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What the batching loop tells Prometheus. */
public final class BatchingMeters {
    private final Timer stepTime;
    private final Timer queueTime;
    private final DistributionSummary stepTokens;
    private final DistributionSummary stepSequences;
    private final MeterRegistry registry;
    private final Tags tags;
    private final Map<StepException.Kind, Counter> failed = new EnumMap<>(StepException.Kind.class);
    /** Written by the batching loop after each turn, read by scrapes. */
    private volatile SchedulerLoad load;

    private volatile StepBounds bounds = new StepBounds(1, 1);
    private volatile PrefixCacheUse prefixes = new PrefixCacheUse(0, 0, 0, 0);
    private volatile DraftUse drafts = new DraftUse(0, 0);

    public BatchingMeters(MeterRegistry registry, SchedulerLoad idle) {
        this(registry, Tags.empty(), idle);
    }

    /** @param tags of every meter: which replica it is, where a process has several */
    public BatchingMeters(MeterRegistry registry, Tags tags, SchedulerLoad idle) {
        this.registry = registry;
        this.tags = tags;
        this.load = idle;
        stepTime = Timer.builder("millrace.step.time")
                .description("From plan to commit")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofSeconds(10))
                .tags(tags)
                .register(registry);
        queueTime = Timer.builder("millrace.queue.time")
                .description("From admission to the first step")
                .publishPercentileHistogram()
                .minimumExpectedValue(Duration.ofMillis(1))
                .maximumExpectedValue(Duration.ofSeconds(60))
                .tags(tags)
                .register(registry);
        stepTokens = registry.summary("millrace.step.tokens", tags);
        stepSequences = registry.summary("millrace.step.sequences", tags);
        for (StepException.Kind kind : StepException.Kind.values()) {
            failed.put(
                    kind,
                    registry.counter(
                            "millrace.steps.failed",
                            tags.and("kind", kind.name().toLowerCase(Locale.ROOT))));
        }
        gauge("millrace.num.requests.running", SchedulerLoad::running);
        gauge("millrace.num.requests.waiting", SchedulerLoad::waiting);
        gauge("millrace.kv.cache.usage", now -> 1 - now.freeBlocks() / (double) idle.freeBlocks());
        gauge("millrace.sequences.stalled", SchedulerLoad::stalled);
        gauge("millrace.sequences.parked", SchedulerLoad::parked);
        gauge("millrace.tokens.waiting", SchedulerLoad::waitingPromptTokens);
        gauge("millrace.kv.blocks.free", SchedulerLoad::freeBlocks);
        gauge("millrace.kv.slots.free", SchedulerLoad::freeSlots);
        Gauge.builder("millrace.batch.limit", this, meters -> meters.bounds.sequences())
                .description("Sequences that may hold a slot")
                .tags(tags)
                .register(registry);
        Gauge.builder("millrace.prompt.limit", this, meters -> meters.bounds.promptTokens())
                .description("Prompt tokens that a step may compute")
                .tags(tags)
                .register(registry);
        counter("millrace.num.preemptions", "Sequences set back", meters -> meters.load.setBacks());
        counter("millrace.prefix.cache.queries", "Tokens looked up", meters -> meters.prefixes.queries());
        counter("millrace.prefix.cache.hits", "Tokens found", meters -> meters.prefixes.hits());
        counter("millrace.prefix.cache.evictions", "Blocks", meters -> meters.prefixes.evictions());
        counter("millrace.drafted.tokens", "Tokens guessed ahead", meters -> meters.drafts.drafted());
        counter("millrace.accepted.tokens", "Tokens guessed right", meters -> meters.drafts.accepted());
        Gauge.builder("millrace.prefix.cache.tokens", this, meters -> meters.prefixes.tokens())
                .description("Positions that the prefix cache holds")
                .tags(tags)
                .register(registry);
    }

    void step(StepPlan plan, long nanos) {
        stepTime.record(Duration.ofNanos(nanos));
        stepTokens.record(plan.tokenCount());
        stepSequences.record(plan.slices().size());
    }

    void queued(long nanos) {
        queueTime.record(Duration.ofNanos(nanos));
    }

    void failed(StepException.Kind kind) {
        failed.get(kind).increment();
    }

    void load(SchedulerLoad now, StepBounds allowed, PrefixCacheUse saved, DraftUse guessed) {
        load = now;
        bounds = allowed;
        prefixes = saved;
        drafts = guessed;
    }

    /** As of the batching loop's last turn; readable from any thread. */
    public SchedulerLoad load() {
        return load;
    }

    private void counter(String name, String description, ToDoubleFunction<BatchingMeters> value) {
        FunctionCounter.builder(name, this, value)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private void gauge(String name, ToDoubleFunction<SchedulerLoad> value) {
        Gauge.builder(name, this, meters -> value.applyAsDouble(meters.load))
                .tags(tags)
                .register(registry);
    }
}
