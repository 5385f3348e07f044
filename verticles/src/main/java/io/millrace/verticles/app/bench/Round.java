package io.millrace.verticles.app.bench;

import io.millrace.verticles.app.bench.Target.Answer;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Runs a round: a fixed number of requests in flight, one virtual thread each. */
final class Round {
    private static final int ERRORS_KEPT = 5;

    private final Target target;
    private final BenchPlan plan;
    private final int index;
    private final List<String> prompts;
    private final Runnable onAnswer;
    private final Timing timing = new Timing();
    private final AtomicInteger next = new AtomicInteger();
    private final LongAdder answered = new LongAdder();
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final Set<String> errors = ConcurrentHashMap.newKeySet();

    /**
     * @param index    of the round, for the seed
     * @param onAnswer called after each request, by its thread
     */
    Round(Target target, BenchPlan plan, int index, Runnable onAnswer) {
        this.target = target;
        this.plan = plan;
        this.index = index;
        this.prompts = Prompts.ofRound(plan, index);
        this.onAnswer = onAnswer;
    }

    RoundResult run() throws InterruptedException {
        ReplicaCounters before = target.counters();
        long start = System.nanoTime();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            if (plan.arrivalRate() > 0) {
                openLoop(threads, start);
            } else {
                closedLoop(threads);
            }
            threads.shutdown();
            threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } finally {
            threads.shutdownNow();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        return result(seconds, ReplicaUse.of(target.counters().since(before), seconds));
    }

    private void closedLoop(ExecutorService threads) {
        for (int i = 0; i < plan.concurrency(); i++) {
            threads.submit(() -> {
                for (int k = next.getAndIncrement(); k < prompts.size(); k = next.getAndIncrement()) {
                    ask(prompts.get(k), System.nanoTime());
                }
                return null;
            });
        }
    }

    private void openLoop(ExecutorService threads, long start) throws InterruptedException {
        long[] arrivals = Arrivals.poisson(plan.arrivalRate(), prompts.size(), plan.seed() + index);
        for (int i = 0; i < arrivals.length; i++) {
            String prompt = prompts.get(i);
            long due = start + arrivals[i];
            TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
            threads.submit(() -> {
                ask(prompt, due);
                return null;
            });
        }
    }

    private void ask(String prompt, long due) throws InterruptedException {
        try {
            Timing.Stream stream = timing.start(due);
            Answer answer = target.stream(prompt, plan.maxTokens(), stream);
            answered.increment();
            promptTokens.add(answer.promptTokens());
            tokens.add(answer.completionTokens() > 0 ? answer.completionTokens() : stream.arrivals());
        } catch (IOException e) {
            keep(e);
        }
        onAnswer.run();
    }

    private void keep(IOException e) {
        if (errors.size() < ERRORS_KEPT) {
            errors.add(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private RoundResult result(double seconds, ReplicaUse replica) {
        long read = promptTokens.sum();
        return new RoundResult(
                seconds,
                answered.intValue(),
                prompts.size() - answered.intValue(),
                read,
                tokens.sum(),
                tokens.sum() / seconds,
                read == 0 ? 0 : (read + tokens.sum()) / seconds,
                Percentiles.ofMicros(timing.firstToken()),
                Percentiles.ofMicros(timing.betweenTokens()),
                replica,
                List.copyOf(errors));
    }
}
