package io.millrace.engine;

import static io.millrace.engine.Bench.words;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PipelineTest {

    @Test
    void sequencesAreSpreadOverTheStepsInFlightSoThatStagesOverlap() {
        Bench bench = new Bench(false, 2);
        for (int i = 0; i < 4; i++) {
            bench.submit(1, 9);
        }
        StepPlan even = bench.plan();
        StepPlan odd = bench.plan();
        assertEquals("0@0:0+1! 1@1:0+1!", words(even));
        assertEquals("2@2:0+1! 3@3:0+1!", words(odd));
        bench.commit(even);
        StepPlan next = bench.plan();
        assertEquals("0@0:1+1! 1@1:1+1!", words(next));
        bench.commit(odd);
        assertEquals("2@2:1+1! 3@3:1+1!", words(bench.plan()));
    }

    @Test
    void aSequenceWhoseTokenIsInFlightIsInNoSecondStep() {
        Bench bench = new Bench(false, 2);
        bench.submit(1, 9);
        bench.plan();
        bench.noPlan();
    }

    @Test
    void chunksOfOnePromptFollowEachOtherThroughTheStages() {
        Bench bench = new Bench(false, 2, "prefillChunk", 4);
        bench.submit(8, 9);
        assertEquals("0@0:0+4", words(bench.plan()));
        assertEquals("0@0:4+4!", words(bench.plan()));
    }

    @Test
    void anUnevenGroupIsLeftOutOfOneStepAndServedInTheNext() {
        Bench bench = new Bench(false, 2);
        bench.submit(1, 9);
        bench.submit(1, 9);
        bench.submit(1, 9);
        StepPlan two = bench.plan();
        StepPlan one = bench.plan();
        assertEquals("0@0:0+1! 1@1:0+1!", words(two));
        assertEquals("2@2:0+1!", words(one));
        bench.commit(two);
        bench.commit(one);
        assertEquals("0@0:1+1! 1@1:1+1!", words(bench.plan()));
        assertEquals("2@2:1+1!", words(bench.plan()));
    }
}
