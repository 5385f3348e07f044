package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.RandomModel;
import io.millrace.model.paged.ShardPlan;
import io.millrace.ort.device.MemoryUse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Of DeepSeek LLM 67B, of whose weights nothing is needed here but their size. */
class MemoryPlanTest {
    private static final long GIB = 1L << 30;
    private static final long WEIGHTS = 60 * GIB;

    private static MemoryPlan plan(int tensorParallel, int kvBlocks) {
        Limits limits = HostModels.withBlocks(HostModels.limits(8, 2048, 2048, 256), kvBlocks);
        var model = RandomModel.DEEPSEEK_67B.manifest();
        var rank = ShardPlan.of(model, tensorParallel, 1).ranks().getFirst();
        PagedPrecision precision = PagedPrecision.dense(ElementType.FLOAT16);
        return MemoryPlan.of(new RankModel(model, rank, precision, limits), WEIGHTS);
    }

    private static MemoryUse free(long bytes) {
        return new MemoryUse(bytes, 80 * GIB);
    }

    @Test
    void theCacheIsKeysAndValuesOfAllBlocksAndTheScratchBlock() {
        assertEquals(65L * 2 * 95 * 256 * 8 * 128 * 2, plan(1, 64).cache());
        assertEquals(plan(1, 64).cache(), 2 * plan(2, 64).cache(), "each of two ranks holds half the heads");
    }

    @Test
    void itFitsWithSomethingLeftForTheLibraries() throws Exception {
        MemoryPlan plan = plan(1, 64);
        plan.check("cuda:0", free(plan.bytes() + GIB));
        assertThrows(ModelTooLargeException.class, () -> plan.check("cuda:0", free(plan.bytes() + GIB - 1)));
    }

    @Test
    void whatIsTooLargeSaysHowManyBlocksFitAndOneMoreDoesNot() throws Exception {
        MemoryUse memory = free(70 * GIB);
        String message = assertThrows(
                        ModelTooLargeException.class, () -> plan(1, 640).check("cuda:3", memory))
                .getMessage();
        assertTrue(message.startsWith("cuda:3 has 69.00 GiB to give, but random:deepseek-67b wants "), message);
        Matcher blocks = Pattern.compile("kv-blocks up to (\\d+) would fit").matcher(message);
        assertTrue(blocks.find(), message);
        int fit = Integer.parseInt(blocks.group(1));
        plan(1, fit).check("cuda:3", memory);
        assertThrows(ModelTooLargeException.class, () -> plan(1, fit + 1).check("cuda:3", memory));
    }

    @Test
    void whereNotOneSequenceFitsItTakesMoreDevices() {
        for (long free : new long[] {WEIGHTS + GIB, GIB}) {
            String message = assertThrows(
                            ModelTooLargeException.class, () -> plan(1, 640).check("cuda:0", free(free)))
                    .getMessage();
            assertTrue(message.contains("no room for one sequence of 2048 tokens"), message);
            assertTrue(message.contains("more shards or tensor-parallel ranks"), message);
        }
    }
}
