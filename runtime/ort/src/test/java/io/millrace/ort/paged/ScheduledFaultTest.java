package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.engine.ModelStage;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.StepException;
import io.millrace.ort.ScheduledRun;
import io.millrace.ort.capi.HandleCount;
import io.millrace.ort.device.DeviceException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A device that fails under the real scheduler. */
class ScheduledFaultTest {
    private static final int SEQUENCES = 4;
    private static final int OUTPUT = 12;

    private final Limits limits = HostModels.limits(SEQUENCES, 64, 16, 8);
    private final FaultyRankDevices devices = new FaultyRankDevices();
    private final Faults faults = devices.faults.getFirst();
    private List<ModelStage> stages = List.of();

    @AfterEach
    void nothingIsLeft() {
        stages.forEach(ModelStage::close);
        assertEquals(0, devices.held(), "memory, fences and devices");
        assertEquals(Map.of(), HandleCount.live());
    }

    private ScheduledRun run(int failAt, Faults where, Faults.Place place, Kind kind) {
        ScheduledRun run = new ScheduledRun(limits, stages);
        for (int i = 0; i < SEQUENCES; i++) {
            run.submit(PagedStageTest.tokens(5 + 7 * i, i), OUTPUT);
        }
        for (int turn = 0; run.turn(); turn++) {
            if (turn == failAt) {
                where.fail(place, 0, kind);
            }
        }
        assertFalse(where.pending(), place + " was not reached");
        assertEquals(0, run.scheduler.activeCount());
        assertEquals(limits.kvBlocks(), run.scheduler.load().freeBlocks());
        assertEquals(SEQUENCES, run.ends.size());
        return run;
    }

    private ScheduledRun undisturbed() {
        return run(-1, faults, null, null);
    }

    private static void allCameToTheirEnds(ScheduledRun run) {
        for (SequenceEvent.Ended ended : run.ends.values()) {
            assertEquals(FinishReason.LENGTH, ended.reason());
        }
    }

    @Test
    void memoryThatRunsOutInAStepSetsOneSequenceBackAndChangesNoToken() throws Exception {
        stages = devices.load(1, 1, limits);
        ScheduledRun undisturbed = undisturbed();
        allCameToTheirEnds(undisturbed);
        for (Faults.Place place : List.of(Faults.Place.COPY_IN, Faults.Place.RUN, Faults.Place.AWAIT)) {
            for (int failAt = 0; failAt < OUTPUT; failAt++) {
                ScheduledRun run = run(failAt, faults, place, Kind.OUT_OF_MEMORY);
                assertEquals(undisturbed.tokens, run.tokens, place + " in turn " + failAt);
                assertEquals(
                        StepException.Kind.CAPACITY, run.failures.getFirst().kind());
                assertEquals(1, run.scheduler.load().setBacks());
                allCameToTheirEnds(run);
            }
        }
    }

    @Test
    void memoryThatRunsOutInALaterStageChangesNoToken() throws Exception {
        stages = devices.load(1, 3, limits);
        ScheduledRun undisturbed = undisturbed();
        for (Faults each : devices.faults.subList(0, 3)) {
            ScheduledRun run = run(5, each, Faults.Place.RUN, Kind.OUT_OF_MEMORY);
            assertEquals(undisturbed.tokens, run.tokens);
            assertEquals(StepException.Kind.CAPACITY, run.failures.getFirst().kind());
            allCameToTheirEnds(run);
        }
    }

    @Test
    void aLostDeviceEndsEverySequenceSoThatItCanBeTriedElsewhere() throws Exception {
        stages = devices.load(1, 1, limits);
        allEndToBeTriedElsewhere(run(6, faults, Faults.Place.AWAIT, Kind.STICKY));
    }

    @Test
    void memoryThatRunsOutInOneRankOfAGroupEndsEverySequenceSoThatItCanBeTriedElsewhere() throws Exception {
        stages = devices.load(2, 1, limits);
        allEndToBeTriedElsewhere(run(6, devices.faults.get(1), Faults.Place.RUN, Kind.OUT_OF_MEMORY));
    }

    private static void allEndToBeTriedElsewhere(ScheduledRun run) {
        assertEquals(StepException.Kind.FATAL, run.failures.getFirst().kind());
        List<SequenceEvent.Ended> cut = new ArrayList<>(run.ends.values());
        cut.removeIf(ended -> ended.reason() == FinishReason.LENGTH);
        assertFalse(cut.isEmpty());
        for (SequenceEvent.Ended ended : cut) {
            assertTrue(ended.error().orElseThrow().code().retryable(), ended.toString());
        }
    }
}
