package io.millrace.engine;

import io.millrace.api.Limits;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * A small world, drawn from the seed: tiny pools and queues, so that every bound is met often.
 *
 * @param arrivals in 100 moves; few let sequences be alone, and be guessed for
 */
record SimulationSetup(
        Limits limits,
        int contextTokens,
        boolean feedsBack,
        PromptPace prompts,
        KvSharing sharing,
        int stages,
        int arrivals,
        double failureRate,
        double disturbance) {

    static SimulationSetup draw(RandomGenerator random) {
        int context = random.nextInt(6, 81);
        int batch = random.nextInt(1, 6);
        int blockTokens = random.nextInt(1, 9);
        boolean feedsBack = random.nextBoolean();
        Limits limits = TestLimits.with(
                "maxBatch", batch,
                "tokenBudget", random.nextInt(batch, batch + 24),
                "prefillChunk", random.nextInt(1, context + 1),
                "blockTokens", blockTokens,
                "kvBlocks", Math.ceilDiv(context, blockTokens) * random.nextInt(1, 4) + random.nextInt(3),
                "prefixCacheTokens", random.nextInt(20) * KvSharing.COPY_TOKENS,
                "stepsInFlight", random.nextInt(1, 4),
                "draftTokens", random.nextInt(3) == 0 ? 0 : random.nextInt(1, 9),
                "draftSequences", random.nextInt(1, 6),
                "stepRetries", random.nextInt(4),
                "maxWaiting", random.nextInt(1, 7),
                "maxWaitingTokens", context * random.nextInt(1, 5),
                "maxStreams", random.nextInt(3, 15),
                "stallTimeout", Duration.ofSeconds(random.nextInt(5, 60)));
        return new SimulationSetup(
                limits,
                context,
                feedsBack,
                new PromptPace(random.nextInt(1, 40), 1 + (context + batch) % 3),
                KvSharing.values()[random.nextInt(3)],
                random.nextInt(1, 4),
                random.nextBoolean() ? 2 : 10,
                random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.15,
                random.nextInt(4) == 0 ? 0 : random.nextDouble());
    }
}
