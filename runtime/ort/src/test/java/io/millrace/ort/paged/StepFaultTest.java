package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.ort.capi.HandleCount;
import io.millrace.ort.device.DeviceException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A device that fails in a step. */
class StepFaultTest {
    private static final StageOutput START = new StageOutput.Start();

    private final Limits limits = HostModels.limits(4, 64, 64, 8);
    private final FaultyRankDevices devices = new FaultyRankDevices();
    private final Faults faults = devices.faults.getFirst();
    private final int[] prompt = PagedStageTest.tokens(9, 5);
    private List<ModelStage> stages = List.of();

    private PackedSteps load(int tensorParallel, int shards) throws IOException {
        stages = devices.load(tensorParallel, shards, limits);
        return new PackedSteps(stages, limits);
    }

    @AfterEach
    void nothingIsLeft() {
        stages.forEach(ModelStage::close);
        assertEquals(0, devices.held(), "memory, fences and devices");
        assertEquals(Map.of(), HandleCount.live());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ALLOCATE") // a step allocates nothing itself
    void memoryThatRunsOutInAStepLosesThatStepOnly(Faults.Place place) throws Exception {
        PackedSteps steps = load(1, 1);
        int[] expected = steps.generate(2, prompt, 6);
        assertEquals(expected[0], steps.run(steps.slice(1, 0, prompt))[0]);
        for (int i = 1; i < 6; i++) {
            StepPlan.Slice next = steps.slice(1, prompt.length + i - 1, expected[i - 1]);
            faults.fail(place, 0, Kind.OUT_OF_MEMORY);
            StepException failure = assertThrows(StepException.class, () -> steps.run(next));
            assertEquals(StepException.Kind.CAPACITY, failure.kind(), failure.getMessage());
            assertTrue(failure.getMessage().contains("injected at " + place), failure.getMessage());
            assertEquals(expected[i], steps.run(next)[0]);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ALLOCATE") // a step allocates nothing itself
    void aDeviceThatIsLostEndsAllStepsForEver(Faults.Place place) throws Exception {
        PackedSteps steps = load(1, 1);
        StepPlan.Slice slice = steps.slice(0, 0, prompt);
        faults.fail(place, 0, Kind.STICKY);
        for (int i = 0; i < 3; i++) {
            StepException failure = assertThrows(StepException.class, () -> steps.run(slice));
            assertEquals(StepException.Kind.FATAL, failure.kind(), failure.getMessage());
        }
        StepPlan plan = new StepPlan(9, List.of(slice));
        assertThrows(StepException.class, () -> stages.getFirst().begin(plan, START), "begun on a lost device");
    }

    @Test
    void aStepThatFailsWhileAnotherIsOutSpoilsNothingOfIt() throws Exception {
        PackedSteps steps = load(1, 1);
        int[] expected = steps.generate(2, prompt, 4);
        steps.run(steps.slice(1, 0, prompt));
        ModelStage stage = stages.getFirst();
        StageRun first = stage.begin(plan(1, steps.slice(1, 9, expected[0])), START);
        StepPlan second = plan(2, steps.slice(1, 10, StepPlan.PENDING));
        faults.fail(Faults.Place.RUN, 1, Kind.OUT_OF_MEMORY);
        assertThrows(StepException.class, () -> stage.begin(second, START));
        StageRun again = stage.begin(second, START);
        assertEquals(expected[1], token(first));
        assertEquals(expected[2], token(again));
    }

    @Test
    void stepsThatWereRolledBackMayStillBeOutWhenNewOnesBegin() throws Exception {
        PackedSteps steps = load(1, 1);
        int[] expected = steps.generate(2, prompt, 3);
        steps.run(steps.slice(1, 0, prompt));
        ModelStage stage = stages.getFirst();
        StageRun failing = stage.begin(plan(1, steps.slice(1, 9, expected[0])), START);
        StageRun rolledBack = stage.begin(plan(2, steps.slice(1, 10, StepPlan.PENDING)), START);
        faults.fail(Faults.Place.AWAIT, 0, Kind.OUT_OF_MEMORY);
        assertThrows(StepException.class, failing::await);
        StageRun first = stage.begin(plan(3, steps.slice(1, 9, expected[0])), START);
        StageRun second = stage.begin(plan(4, steps.slice(1, 10, StepPlan.PENDING)), START);
        rolledBack.await();
        assertArrayEquals(new int[] {expected[1], expected[2]}, new int[] {token(first), token(second)});
    }

    @ParameterizedTest
    @EnumSource(names = {"COPY_IN", "RUN", "AWAIT"})
    void oneRankOfAGroupThatFailsInAStepTakesTheOthersWithItAtOnce(Faults.Place place) throws Exception {
        PackedSteps steps = load(2, 1);
        StepPlan.Slice slice = steps.slice(0, 0, prompt);
        steps.run(slice);
        devices.faults.get(1).fail(place, 0, Kind.OUT_OF_MEMORY);
        for (int i = 0; i < 2; i++) {
            StepException failure = assertThrows(StepException.class, () -> steps.run(slice));
            assertEquals(StepException.Kind.FATAL, failure.kind());
            assertTrue(failure.getMessage().contains("injected at " + place), failure.getMessage());
        }
    }

    @Test
    void theThreadsOfAGroupEndWithIt() throws Exception {
        Set<Thread> threads = rankThreads();
        load(2, 1);
        Set<Thread> made = rankThreads();
        made.removeAll(threads);
        assertEquals(2, made.size());
        stages.forEach(ModelStage::close);
        stages = List.of();
        for (Thread thread : made) {
            assertTrue(thread.join(Duration.ofMinutes(1)), thread + " lives");
        }
    }

    private static Set<Thread> rankThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("millrace-rank-"))
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static StepPlan plan(long id, StepPlan.Slice slice) {
        return new StepPlan(id, List.of(slice));
    }

    private static int token(StageRun run) throws StepException {
        return ((StageOutput.Sampled) run.await()).result().tokens()[0];
    }
}
