package io.millrace.verticles.app.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;

class TextScoreTest {
    private static final double NEAR = 1e-9;

    @Test
    void aModelThatKnowsNothingIsAsPerplexedAsItHasTokens() {
        TextScore score = new TextScore();
        score.predicts(logits(3, 3, 3, 3), 1);
        score.predicts(logits(-7, -7, -7, -7), 2);
        assertEquals(4, score.perplexity(), NEAR);
        assertEquals(2, score.positions());
    }

    @Test
    void divergenceIsThatOfKullbackAndLeibler() {
        TextScore score = new TextScore();
        FloatBuffer reference = logits(Math.log(0.5), Math.log(0.25), Math.log(0.25));
        FloatBuffer other = logits(9 + Math.log(0.25), 9 + Math.log(0.5), 9 + Math.log(0.25));
        score.compare(reference, other);
        score.compare(reference, reference);
        double one = 0.5 * Math.log(2) + 0.25 * Math.log(0.5);
        assertEquals(one / 2, score.meanDivergence(), 1e-6);
        assertEquals(0.5, score.agreement(), NEAR);
    }

    @Test
    void largeLogitsDoNotOverflow() {
        TextScore score = new TextScore();
        score.predicts(logits(1e30, 0), 0);
        assertEquals(1, score.perplexity(), NEAR);
    }

    @Test
    void theReferencesLogitsComeBackByPosition() throws Exception {
        try (ReferenceLogits reference = new ReferenceLogits(2)) {
            reference.put(1, logits(3, 4));
            reference.put(0, logits(1, 2));
            assertEquals(logits(1, 2), reference.get(0));
            assertEquals(logits(3, 4), reference.get(1));
            assertThrows(IllegalArgumentException.class, () -> reference.get(2));
        }
    }

    @Test
    void residentMemoryIsReadAsLinuxWritesIt() throws Exception {
        ResidentMemory memory = ResidentMemory.of("VmRSS:\t 30 kB\nRssAnon:\t      20 kB\nRssFile:\t      10 kB\n");
        assertEquals(new ResidentMemory(20 * 1024, 10 * 1024), memory);
        assertEquals(new ResidentMemory(0, 1024), memory.since(new ResidentMemory(30 * 1024, 9 * 1024)));
    }

    private static FloatBuffer logits(double... values) {
        FloatBuffer buffer = FloatBuffer.allocate(values.length);
        for (double value : values) {
            buffer.put((float) value);
        }
        return buffer.flip();
    }
}
