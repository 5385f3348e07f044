package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AdmissionTest {

    @Test
    void aPromptLongerThanTheContextIsInvalidAndTheLimitIsNamed() {
        Rejection rejection = Bench.simple("contextTokens", 8).refused(9, 1);
        assertEquals(ErrorCode.INVALID_REQUEST, rejection.code());
        assertEquals("prompt", rejection.field());
        assertEquals("prompt has 9 tokens; the context holds 8", rejection.message());
    }

    @Test
    void anEmptyPromptIsInvalid() {
        assertEquals("prompt", Bench.simple().refused(0, 1).field());
    }

    @Test
    void negativeMaxTokensAreInvalid() {
        assertEquals("max_tokens", Bench.simple().refused(1, -1).field());
    }

    @Test
    void oneMoreThanMayWaitIsOverloadedUntilOneHasStarted() {
        Bench bench = Bench.simple("maxBatch", 1, "maxWaiting", 2);
        bench.submit(1, 9);
        bench.submit(1, 9);
        assertEquals(ErrorCode.OVERLOADED, bench.refused(1, 9).code());
        bench.step();
        bench.submit(1, 9);
        assertEquals(ErrorCode.OVERLOADED, bench.refused(1, 9).code());
    }

    @Test
    void morePromptTokensThanMayWaitAreOverloadedThoughAShorterPromptIsNot() {
        Bench bench = Bench.simple("contextTokens", 8, "maxWaitingTokens", 10);
        bench.submit(6, 9);
        assertEquals(ErrorCode.OVERLOADED, bench.refused(5, 9).code());
        bench.submit(4, 9);
        assertEquals(10, bench.scheduler.load().waitingPromptTokens());
    }

    @Test
    void parkedStreamsCountAmongThoseAlive() {
        Bench bench = Bench.simple("maxStreams", 2);
        bench.scheduler.park(bench.submit(1, 9));
        long second = bench.submit(1, 9);
        assertEquals(ErrorCode.OVERLOADED, bench.refused(1, 9).code());
        bench.scheduler.cancel(second);
        bench.submit(1, 9);
    }

    @Test
    void retryAfterIsTheTimeInWhichThoseThatWaitWillHaveStarted() {
        Bench bench = Bench.simple("maxBatch", 1, "maxWaiting", 4);
        for (int i = 0; i < 4; i++) {
            bench.submit(1, 1);
        }
        bench.step();
        for (int i = 0; i < 40; i++) {
            bench.nowNanos += Duration.ofSeconds(2).toNanos();
            bench.submit(1, 1);
            bench.step();
        }
        bench.submit(1, 1);
        long seconds = bench.refused(1, 1).retryAfter().toSeconds();
        assertTrue(7 <= seconds && seconds <= 8, "four that start every 2 s, not " + seconds);
    }

    @Test
    void retryAfterIsAtLeastASecondAndAtMostAMinute() {
        Bench bench = Bench.simple("maxBatch", 1, "maxWaiting", 1);
        bench.submit(1, 0);
        assertEquals(Duration.ofSeconds(1), bench.refused(1, 1).retryAfter());
        bench.step();
        bench.submit(1, 0);
        bench.step();
        bench.nowNanos = Duration.ofHours(1).toNanos();
        assertEquals(Duration.ofSeconds(60), bench.refused(1, 1).retryAfter());
    }

    @ParameterizedTest
    @CsvSource({
        "maxBatch, 0, maxBatch must be at least 1",
        "tokenBudget, 15, tokenBudget must hold one token for each of maxBatch",
        "maxWaitingTokens, 2047, maxWaitingTokens must hold one prompt of contextTokens",
        "kvBlocks, 7, kvBlocks of blockTokens must hold one sequence of contextTokens"
    })
    void limitsThatCannotServeOneSequenceAreNamed(String limit, int value, String message) {
        var limits = TestLimits.with(limit, value);
        var error = assertThrows(
                IllegalArgumentException.class,
                () -> new Scheduler(
                        limits, limits.contextTokens(), true, PromptPace.of(Integer.MAX_VALUE), KvSharing.NONE, 1));
        assertEquals(message, error.getMessage());
    }
}
