package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.FinishReason;
import io.millrace.api.Usage;
import java.util.Arrays;

/** What one client sees of its sequence, held against the sequence that nothing disturbs. */
final class SimulatedStream {
    final long id;
    private final SequenceSpec spec;
    private final FakeModel.Reference reference;
    private int received;
    boolean stalled;
    boolean parked;
    long stalledSince;
    /** Steps committed since the stream last had a token or became able to run. */
    int stepsWithoutToken;
    /** Plans in a row that left it out though it was ready. */
    int passedOver;

    SimulatedStream(long id, SequenceSpec spec, int contextTokens) {
        this.id = id;
        this.spec = spec;
        reference = FakeModel.reference(spec, contextTokens);
    }

    boolean wantsToRun() {
        return !stalled && !parked;
    }

    /** What follows {@code tokens} up to {@code length} in this stream; nothing where they are not of it. */
    int[] restOf(int[] tokens, int length) {
        int prompt = spec.tokens().length;
        int output = length - prompt;
        boolean mine = output >= 0
                && output <= reference.output().length
                && Arrays.equals(tokens, 0, prompt, spec.tokens(), 0, prompt)
                && Arrays.equals(tokens, prompt, length, reference.output(), 0, output);
        return mine ? Arrays.copyOfRange(reference.output(), output, reference.output().length) : new int[0];
    }

    void on(SequenceEvent.Sampled sampled) {
        assertEquals(received + 1, sampled.number(), "number of the token");
        assertTrue(received < reference.output().length, "a token past the end");
        assertEquals(reference.output()[received], sampled.token(), "token " + sampled.number());
        received++;
        stepsWithoutToken = 0;
    }

    /** @param byModel whether a step's result ended it, not a call */
    void on(SequenceEvent.Ended ended, boolean byModel) {
        int cached = ended.cachedTokens();
        assertTrue(cached >= 0 && cached < spec.tokens().length, () -> cached + " tokens cached");
        assertEquals(new Usage(spec.tokens().length, received, cached), ended.usage());
        assertEquals(ended.reason() == FinishReason.ERROR, ended.error().isPresent(), "error exactly with ERROR");
        if (byModel) {
            assertEquals(reference.output().length, received, "tokens of a sequence that ended by itself");
            assertEquals(reference.reason(), ended.reason());
        } else {
            assertFalse(ended.reason() == FinishReason.LENGTH, "LENGTH without a step");
        }
    }
}
