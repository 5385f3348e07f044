package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.engine.ModelStage;
import io.millrace.ort.capi.HandleCount;
import io.millrace.ort.device.DeviceException.Kind;
import io.millrace.ort.device.MemoryUse;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A device that is too small, or fails, while a model loads. */
class LoadFaultTest {
    private final Limits limits = HostModels.limits(4, 64, 64, 8);
    private final FaultyRankDevices devices = new FaultyRankDevices();
    private final Faults faults = devices.faults.getFirst();
    private List<ModelStage> stages = List.of();

    @AfterEach
    void nothingIsLeft() {
        stages.forEach(ModelStage::close);
        assertEquals(0, devices.held(), "memory, fences and devices");
        assertEquals(Map.of(), HandleCount.live());
    }

    @Test
    void aModelThatIsTooLargeSaysHowManyBlocksWouldFitAndSoManyDo() throws Exception {
        devices.memory = new MemoryUse(1_000_000, 1_000_000);
        IOException refused = assertThrows(IOException.class, () -> devices.load(1, 1, limits));
        Matcher blocks = Pattern.compile("kv-blocks up to (\\d+) would fit").matcher(refused.getMessage());
        assertTrue(blocks.find(), refused.getMessage());
        int fit = Integer.parseInt(blocks.group(1));
        assertTrue(fit < limits.kvBlocks(), refused.getMessage());
        stages = devices.load(1, 1, HostModels.withBlocks(limits, fit));
        assertThrows(IOException.class, () -> devices.load(1, 1, HostModels.withBlocks(limits, fit + 1)));
    }

    @Test
    void weightsThatAreTooLargeSayThatItTakesMoreDevices() {
        devices.memory = new MemoryUse(1L << 16, 1L << 16);
        IOException refused = assertThrows(IOException.class, () -> devices.load(1, 1, limits));
        assertTrue(refused.getMessage().contains("more shards"), refused.getMessage());
    }

    @Test
    void memoryThatRunsOutAnywhereInALoadSaysWhatTakesLessAndLeavesNothing() throws Exception {
        devices.warmsUp = true;
        for (Faults.Place place : EnumSet.complementOf(EnumSet.of(Faults.Place.COPY_OUT))) {
            // Every allocation, and the first few of what there are thousands of.
            int most = place == Faults.Place.ALLOCATE ? Integer.MAX_VALUE : 5;
            for (int i = 0; i < most && fails(place, i); i++) {
                nothingIsLeft();
            }
        }
    }

    /** Whether so many calls were reached. */
    private boolean fails(Faults.Place place, int after) throws Exception {
        faults.fail(place, after, Kind.OUT_OF_MEMORY);
        try {
            devices.load(1, 1, limits).forEach(ModelStage::close);
        } catch (IOException e) {
            String message = e.getMessage();
            assertTrue(message.contains("injected at " + place), message);
            assertTrue(message.contains("Fewer kv-blocks than " + limits.kvBlocks()), message);
            assertTrue(message.contains("more shards"), message);
            return true;
        }
        assertTrue(faults.pending(), place + " failed, and the load did not");
        assertTrue(after > 0, place + " is never reached");
        return false;
    }

    @Test
    void aRankOfAGroupThatDoesNotLoadLeavesNothingOfTheOthers() {
        devices.faults.get(1).fail(Faults.Place.ALLOCATE, 20, Kind.OUT_OF_MEMORY);
        IOException refused = assertThrows(IOException.class, () -> devices.load(2, 1, limits));
        assertTrue(refused.getMessage().contains("Fewer kv-blocks"), refused.getMessage());
    }

    @Test
    void aRankThatFailsWhileOthersWaitForItEndsTheirWaitAndIsTheReason() {
        devices.warmsUp = true;
        // In attention, before the first sum.
        devices.faults.get(1).fail(Faults.Place.RUN, 0, Kind.OUT_OF_MEMORY);
        IOException refused = assertThrows(IOException.class, () -> devices.load(2, 1, limits));
        assertTrue(refused.getMessage().contains("injected at RUN"), refused.getMessage());
    }

    @Test
    void aStageThatDoesNotLoadLeavesNothingOfThoseBefore() {
        devices.faults.get(1).fail(Faults.Place.ALLOCATE, 5, Kind.STICKY);
        assertThrows(RuntimeException.class, () -> devices.load(1, 2, limits));
    }

    @Test
    void aStepLargerThanTheContextIsWarmedUpAsSeveralSequences() throws Exception {
        devices.warmsUp = true;
        stages = devices.load(1, 1, HostModels.limits(4, 40, 128, 8));
    }

    @Test
    void aContextShorterThanWhatStepsAreRoundedToIsEnough() throws Exception {
        devices.warmsUp = true;
        Limits small = HostModels.limits(2, 6, 64, 2);
        stages = devices.load(1, 1, small);
        PackedSteps steps = new PackedSteps(stages, small);
        assertEquals(3, steps.generate(1, new int[] {4, 5}, 3).length);
    }
}
