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
    private final List<String> prompts;
    private final int maxTokens;
    private final Runnable onAnswer;
    private final Timing timing = new Timing();
    private final AtomicInteger next = new AtomicInteger();
    private final LongAdder answered = new LongAdder();
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final Set<String> errors = ConcurrentHashMap.newKeySet();

    /** @param onAnswer called after each request, by its thread */
    Round(Target target, List<String> prompts, int maxTokens, Runnable onAnswer) {
        this.target = target;
        this.prompts = prompts;
        this.maxTokens = maxTokens;
        this.onAnswer = onAnswer;
    }

    RoundResult run(int concurrency) throws InterruptedException {
        long start = System.nanoTime();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            for (int i = 0; i < concurrency; i++) {
                threads.submit(this::work);
            }
            threads.shutdown();
            threads.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
        } finally {
            threads.shutdownNow();
        }
        return result((System.nanoTime() - start) / 1e9);
    }

    private Void work() throws InterruptedException {
        for (int i = next.getAndIncrement(); i < prompts.size(); i = next.getAndIncrement()) {
            try {
                Timing.Stream stream = timing.start();
                Answer answer = target.stream(prompts.get(i), maxTokens, stream);
                answered.increment();
                promptTokens.add(answer.promptTokens());
                tokens.add(answer.completionTokens() > 0 ? answer.completionTokens() : stream.arrivals());
            } catch (IOException e) {
                keep(e);
            }
            onAnswer.run();
        }
        return null;
    }

    private void keep(IOException e) {
        if (errors.size() < ERRORS_KEPT) {
            errors.add(e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    private RoundResult result(double seconds) {
        return new RoundResult(
                seconds,
                answered.intValue(),
                prompts.size() - answered.intValue(),
                promptTokens.sum(),
                tokens.sum(),
                tokens.sum() / seconds,
                Percentiles.ofMicros(timing.firstToken()),
                Percentiles.ofMicros(timing.betweenTokens()),
                List.copyOf(errors));
    }
}
