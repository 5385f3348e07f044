package io.millrace.synthetic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.SamplingParams;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepPlan;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyntheticStageTest {
    private static final long MILLI = 1_000_000;

    @Test
    void aStepTakesItsBaseItsRowsAndItsPromptTokens() {
        StepPlan plan = plan(slice(10, 1), slice(20, 1), slice(0, 100));
        assertEquals(
                5 * MILLI + 2 * 3 * MILLI + 100 * MILLI / 4,
                StepTime.parse("5,3,0.25").of(plan));
    }

    @Test
    void timesThatAreNoneAreRefusedWithAnExample() {
        for (String text : List.of("", "5", "5,3", "5,3,x", "5,-3,1", "5,3,1,2", "5,3,1,0,0", "5,3,NaN")) {
            String message = assertThrows(IllegalArgumentException.class, () -> StepTime.parse(text))
                    .getMessage();
            assertTrue(message.contains("\"" + text + "\"") && message.contains("5.7,4.8,2.56"), message);
        }
    }

    @Test
    void stepsInFlightRunOneAfterTheOtherWhoeverWaitsForThem() throws Exception {
        SyntheticStage stage = new SyntheticStage(StepTime.parse("20,0,0"), 0, 100);
        long start = System.nanoTime();
        StageRun first = stage.begin(plan(slice(0, 4)), new StageOutput.Start());
        StageRun second = stage.begin(plan(slice(4, 1)), new StageOutput.Start());
        first.await();
        assertTrue(System.nanoTime() - start >= 20 * MILLI);
        second.await();
        assertTrue(System.nanoTime() - start >= 40 * MILLI);
    }

    @Test
    void aStepComputesForItsShareOfTheTime() throws Exception {
        SyntheticStage stage = new SyntheticStage(StepTime.parse("20,0,0,0.5"), 0, 100);
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        stage.begin(plan(slice(0, 1)), new StageOutput.Start()).await();
        assertTrue(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start >= 10 * MILLI);
    }

    @Test
    void aTokenDependsOnItsPositionAloneAndIsAWord() throws Exception {
        SyntheticStage stage = new SyntheticStage(StepTime.parse("0,0,0"), 1000, 9000);
        var sampled = (StageOutput.Sampled) stage.begin(plan(slice(0, 8), slice(7, 1)), new StageOutput.Start())
                .await();
        assertArrayEquals(
                new int[] {stage.token(8), stage.token(8)}, sampled.result().tokens());
        for (int position = 0; position < 100_000; position++) {
            int token = stage.token(position);
            assertTrue(token >= 1000 && token < 10_000, () -> "token " + token);
        }
    }

    private static StepPlan plan(StepPlan.Slice... slices) {
        return new StepPlan(1, List.of(slices));
    }

    private static StepPlan.Slice slice(int start, int tokens) {
        return new StepPlan.Slice(1, 0, start, new int[tokens], new int[0], 1, SamplingParams.GREEDY, new int[0], 4);
    }
}
