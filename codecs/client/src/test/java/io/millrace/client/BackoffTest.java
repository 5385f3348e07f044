package io.millrace.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void waitsDoubleUpToTheLimitEachFromTheUpperHalfOfItsSpan() {
        Backoff backoff = backoff(7);
        for (long span : new long[] {100, 200, 400, 800, 1000, 1000}) {
            long wait = backoff.nextMillis();
            assertTrue(wait >= span / 2 && wait <= span, wait + " of " + span);
        }
    }

    @Test
    void theSeedDecidesTheJitter() {
        assertEquals(waits(backoff(1)), waits(backoff(1)));
        assertNotEquals(waits(backoff(1)), waits(backoff(2)));
    }

    @Test
    void attemptsAreCountedSinceTheLastProgress() {
        Backoff backoff = backoff(1);
        waits(backoff);
        assertTrue(backoff.exhausted());
        backoff.progressed();
        assertFalse(backoff.exhausted());
        assertTrue(backoff.nextMillis() <= 100);
    }

    private static List<Long> waits(Backoff backoff) {
        return IntStream.range(0, 6).mapToObj(i -> backoff.nextMillis()).toList();
    }

    private static Backoff backoff(long seed) {
        return new Backoff(ClientOptions.DEFAULTS.withRetries(6, Duration.ofMillis(100), Duration.ofSeconds(1), seed));
    }
}
