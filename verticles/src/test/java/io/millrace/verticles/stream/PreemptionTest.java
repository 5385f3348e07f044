package io.millrace.verticles.stream;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static io.millrace.verticles.testing.TestReplica.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.TokenEvent;
import io.millrace.engine.KvSharing;
import io.millrace.verticles.testing.HashingStage;
import io.millrace.verticles.testing.Reader;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams over a cache of 96 positions, where each takes 50 at its end and shares what it can. */
class PreemptionTest {
    private static final int PROMPT = 20;
    private static final int OUTPUT = 30;

    private final Limits limits = Stream.of("blockTokens=4", "kvBlocks=24", "contextTokens=64", "prefixCacheTokens=640")
            .map(setting -> setting.split("="))
            .reduce(
                    Limits.DEFAULTS,
                    (changed, setting) -> TestLimits.with(changed, setting[0], Integer.valueOf(setting[1])),
                    (one, other) -> other);

    private final TestReplica replica = new TestReplica(
            Vertx.vertx(),
            limits,
            new HashingStage(Duration.ofMillis(1), limits.maxBatch(), limits.contextTokens()),
            KvSharing.BY_COPY);

    @AfterEach
    void stop() {
        replica.close();
    }

    @Test
    void whoeverIsSetBackGoesOnWithoutGapOrRepeat() {
        List<Reader> readers = IntStream.range(0, 6)
                .mapToObj(i -> new Reader(replica).generate(request(PROMPT, OUTPUT)))
                .toList();
        readers.forEach(this::hasTheOutputThatItHasAlone);
        assertTrue(replica.load().setBacks() > 0, "nobody was set back: the cache is too large");
        assertTrue(counter("millrace.prefix.cache.hits") > 0, "nothing was shared");
        assertEquals(replica.load().setBacks(), counter("millrace.num.preemptions"));
    }

    @Test
    void tenantsShareNothingAndEachOneSharesWithItself() {
        for (String tenant : List.of("ann", "bob")) {
            hasTheOutputThatItHasAlone(new Reader(replica).generateFor(tenant, request(PROMPT, OUTPUT)));
            eventually("it is over", () -> replica.load().running() == 0);
            assertEquals(0, counter("millrace.prefix.cache.hits"), tenant);
        }
        hasTheOutputThatItHasAlone(new Reader(replica).generateFor("ann", request(PROMPT, OUTPUT)));
        // All but the last of the prompt, which is computed for its logits: a prefix may end within a block.
        eventually("hits are counted", () -> counter("millrace.prefix.cache.hits") == PROMPT - 1);
    }

    private void hasTheOutputThatItHasAlone(Reader reader) {
        TokenEvent.Finished end = assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd());
        assertEquals(FinishReason.LENGTH, end.reason());
        int[] prompt = new int[PROMPT];
        Arrays.fill(prompt, 'x');
        int[] expected = HashingStage.expected(prompt, OUTPUT);
        List<TokenEvent.Token> tokens = reader.events().stream()
                .filter(TokenEvent.Token.class::isInstance)
                .map(TokenEvent.Token.class::cast)
                .toList();
        assertEquals(OUTPUT, tokens.size());
        for (int i = 0; i < OUTPUT; i++) {
            assertEquals(i + 1, tokens.get(i).number());
            assertEquals(expected[i], tokens.get(i).id());
        }
    }

    private double counter(String name) {
        return replica.meters.get(name).functionCounter().count();
    }
}
