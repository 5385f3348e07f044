package io.millrace.verticles.app.bench;

import io.millrace.verticles.app.bench.Target.Answer;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Runs a round: a fixed number of requests in flight, one virtual thread each. */
final class Round {
    private static final int ERRORS_KEPT = 5;

    /** Without a token for so long, someone is told. */
    private static final int SILENCE_SECONDS = 10;

    private final String name;
    private final Target target;
    private final BenchPlan plan;
    private final int index;
    private final List<String> prompts;
    private final List<Length> lengths;
    private final Watcher watcher;
    private final Timing timing = new Timing();
    private final AtomicInteger next = new AtomicInteger();
    private final LongAdder arrivals = new LongAdder();
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder cachedTokens = new LongAdder();
    /** As many as the round has requests, at most. */
    private final Queue<Sample> samples = new ConcurrentLinkedQueue<>();

    private long start;
    private final Set<String> errors = ConcurrentHashMap.newKeySet();

    /** @param index of the round, for the seed */
    Round(String name, Target target, BenchPlan plan, int index, Watcher watcher) {
        this.name = name;
        this.target = target;
        this.plan = plan;
        this.index = index;
        this.prompts = Prompts.ofRound(plan, index);
        this.lengths = plan.lengthsOf(index);
        this.watcher = watcher;
    }

    RoundResult run() throws InterruptedException {
        List<ReplicaCounters> before = target.counters();
        start = System.nanoTime();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            if (plan.arrivalRate() > 0) {
                openLoop(threads);
            } else {
                closedLoop(threads);
            }
            threads.shutdown();
            awaitAnswers(threads);
        } finally {
            threads.shutdownNow();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return result(seconds, ReplicaUse.of(before, target.counters(), seconds));
    }

    /** For as long as it takes, but not without a word. */
    private void awaitAnswers(ExecutorService threads) throws InterruptedException {
        long before = -1;
        while (!threads.awaitTermination(SILENCE_SECONDS, TimeUnit.SECONDS)) {
            long now = arrivals.sum();
            if (now == before) {
                watcher.silent(name + ": no token for " + SILENCE_SECONDS + " s; " + samples.size() + " of "
                        + prompts.size() + " requests are answered");
            }
            before = now;
        }
    }

    private void closedLoop(ExecutorService threads) {
        for (int i = 0; i < plan.concurrency(); i++) {
            threads.submit(() -> {
                for (int k = next.getAndIncrement(); k < prompts.size(); k = next.getAndIncrement()) {
                    ask(k, System.nanoTime());
                }
                return null;
            });
        }
    }

    private void openLoop(ExecutorService threads) throws InterruptedException {
        long[] arrivals = Arrivals.poisson(plan.arrivalRate(), prompts.size(), plan.seed() + index);
        for (int i = 0; i < arrivals.length; i++) {
            int request = i;
            long due = start + arrivals[i];
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            threads.submit(() -> {
                ask(request, due);
                return null;
            });
        }
    }

    private void ask(int request, long due) throws InterruptedException {
        try {
            Timing.Stream stream = timing.start(due);
            Answer answer =
                    target.stream(prompts.get(request), lengths.get(request).maxTokens(), () -> arrived(stream));
            int tokens = answer.completionTokens() > 0 ? answer.completionTokens() : stream.arrivals();
            promptTokens.add(answer.promptTokens());
            cachedTokens.add(answer.cachedTokens());
            samples.add(stream.sample(start, tokens));
        } catch (IOException e) {
            keep(e);
        }
        watcher.answered();
    }

    private void arrived(Timing.Stream stream) {
        stream.run();
        arrivals.increment();
    }

    private void keep(IOException e) {
        if (errors.size() < ERRORS_KEPT) {
            errors.add(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private RoundResult result(double seconds, List<ReplicaUse> replicas) {
        long read = promptTokens.sum();
        long tokens = samples.stream().mapToLong(Sample::tokens).sum();
        return new RoundResult(
                seconds,
                samples.size(),
                prompts.size() - samples.size(),
                read,
                cachedTokens.sum(),
                tokens,
                tokens / seconds,
                read == 0 ? 0 : (read + tokens) / seconds,
                Percentiles.ofMicros(timing.firstToken()),
                Percentiles.ofMicros(timing.betweenTokens()),
                replicas,
                List.copyOf(errors),
                List.copyOf(samples));
    }
}
