package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.Limits;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.StepPlan;
import io.millrace.model.paged.Rank;
import io.millrace.ort.TinyModel;
import io.millrace.ort.capi.HandleCount;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.SampleBatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ranks of a group whose logits are not the same to the last bit, as those of GPUs are not. */
class RankAgreementTest {
    private final Limits limits = HostModels.limits(4, 64, 64, 8);
    private LoadedModel model;

    @AfterEach
    void close() {
        model.close();
        assertEquals(Map.of(), HandleCount.live());
    }

    @Test
    void ranksThatDrawOtherTokensGoOnFromTheFirstOnes() throws Exception {
        int[] prompt = PagedStageTest.tokens(9, 4);
        PackedSteps agreeing = load((rank, device, batch) -> device.kernels().sample(batch));
        int[] expected = agreeing.generate(0, prompt, 6);
        close();
        PackedSteps differing = load(RankAgreementTest::sampleOtherwiseUnlessFirst);
        assertEquals(expected[0], differing.run(differing.slice(2, 0, prompt))[0]);
        int[] pending = new int[6];
        pending[0] = expected[0];
        for (int i = 1; i < pending.length; i++) {
            pending[i] = differing.run(differing.slice(2, prompt.length + i - 1, StepPlan.PENDING))[0];
        }
        assertArrayEquals(expected, pending);
    }

    private static void sampleOtherwiseUnlessFirst(Rank rank, Device device, SampleBatch batch) {
        device.kernels().sample(batch);
        if (!rank.leads()) {
            MemorySegment last = batch.lastSampled();
            for (int slot = 0; slot < last.byteSize() / Integer.BYTES; slot++) {
                int other = (last.getAtIndex(ValueLayout.JAVA_INT, slot) + 1) % TinyModel.VOCABULARY;
                last.setAtIndex(ValueLayout.JAVA_INT, slot, other);
            }
        }
    }

    private PackedSteps load(TappedDevices.Sampling sampling) throws Exception {
        model = new PagedRunnerProvider(devices -> new TappedDevices(devices, sampling))
                .load(HostModels.options(TinyModel.write(Path.of("target", "tiny"), 7), "host", 2, 1, limits));
        return new PackedSteps(model, limits);
    }
}
