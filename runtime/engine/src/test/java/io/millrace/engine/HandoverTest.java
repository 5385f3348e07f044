package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.SamplingParams;
import io.millrace.api.Usage;
import io.millrace.engine.SequenceEvent.Ended;
import org.junit.jupiter.api.Test;

/** A sequence that another replica began: prompt 1 2 3, output 11 12. */
class HandoverTest {
    private static final SamplingParams PENALTY = new SamplingParams(0, 0, 1, 0, 1, 1, 0, 0);

    private final Bench bench = Bench.simple();

    @Test
    void theOutputIsNumberedOnAndCountsAgainstMaxTokens() {
        assertInstanceOf(Admission.Admitted.class, submit(2, 4));
        assertEquals("0#3=7", Bench.words(bench.commit(bench.plan())));
        var last = bench.commit(bench.plan());
        assertEquals("0#4=7 0:LENGTH", Bench.words(last));
        assertEquals(
                new Usage(3, 4), assertInstanceOf(Ended.class, last.getLast()).usage());
    }

    @Test
    void penaltiesKnowWhatIsPromptAndWhatIsOutput() {
        submit(2, 0);
        StepPlan.Slice slice = bench.plan().slices().getFirst();
        assertEquals(3, slice.promptLength());
        assertArrayEquals(new int[] {1, 2, 3, 11, 12}, slice.history());
    }

    @Test
    void whatIsCompleteAlreadyOrHasNoPromptIsInvalid() {
        assertEquals("max_tokens", refused(2, 2));
        assertEquals("max_tokens", refused(-1, 0));
        assertEquals("prompt", refused(5, 9));
    }

    private Admission submit(int generated, int maxTokens) {
        return bench.scheduler.submit(
                new SequenceSpec(new int[] {1, 2, 3, 11, 12}, generated, maxTokens, PENALTY, "", Bench.END), 0);
    }

    private String refused(int generated, int maxTokens) {
        return assertInstanceOf(Admission.Refused.class, submit(generated, maxTokens))
                .rejection()
                .field();
    }
}
