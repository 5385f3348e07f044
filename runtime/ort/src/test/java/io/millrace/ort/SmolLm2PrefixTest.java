package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.Limits;
import io.millrace.engine.CpuAttention;
import io.millrace.engine.KvSharing;
import io.millrace.engine.LoadedModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The real model goes on from what it has computed for others as it would have alone. */
class SmolLm2PrefixTest {
    /** Fewer than are clear: other chunks of a prompt round otherwise, and must not matter here. */
    private static final int OUTPUT = 18;

    @ParameterizedTest
    @EnumSource(CpuAttention.class)
    void aPromptThatIsSharedHasTheOutputThatItHasWithoutAPrefixCache(CpuAttention attention) throws Exception {
        Golden golden = Golden.clear();
        List<Integer> expected = golden.continuation(OUTPUT);
        Limits limits = TestModel.with(TestModel.limits(4, 256, 256), Map.of("prefixCacheTokens", 512));
        try (LoadedModel model = TestModel.load(TestModel.smolLm2(), limits, attention)) {
            ScheduledRun run = new ScheduledRun(limits, model);
            long first = run.submit(golden.prompt(), OUTPUT);
            run.turn();
            long second = run.submit(golden.prompt(), OUTPUT);
            drain(run);
            long third = run.submit(golden.prompt(), OUTPUT);
            drain(run);
            assertEquals(expected, run.tokens.get(first));
            assertEquals(expected, run.tokens.get(second));
            assertEquals(expected, run.tokens.get(third));
            int all = golden.prompt().length - 1; // the last token is computed, for what comes after it
            int wholeBlocks = all / KvSharing.COPY_TOKENS * KvSharing.COPY_TOKENS;
            // The second came before the block in which the prompt ends was full of the first one's output.
            assertEquals(wholeBlocks + all, run.scheduler.prefixCache().hits());
        }
    }

    private static void drain(ScheduledRun run) {
        while (run.turn()) {
            assertEquals(List.of(), run.failures);
        }
    }
}
