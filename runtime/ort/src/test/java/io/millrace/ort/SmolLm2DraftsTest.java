package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.engine.CpuAttention;
import io.millrace.engine.DraftSource;
import io.millrace.engine.LoadedModel;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The real model says with guesses what it says without. */
class SmolLm2DraftsTest {
    /** Fewer than are clear: several tokens at once round otherwise, and must not matter here. */
    private static final int OUTPUT = 18;

    @ParameterizedTest
    @EnumSource(CpuAttention.class)
    void rightAndWrongGuessesLeaveTheOutputAsItIs(CpuAttention attention) throws Exception {
        Golden golden = Golden.clear();
        List<Integer> expected = golden.continuation(OUTPUT);
        Limits limits = TestModel.with(TestModel.limits(8, 256, 256), Map.of("draftTokens", 4));
        try (LoadedModel model = TestModel.load(TestModel.smolLm2(), limits, attention)) {
            ScheduledRun run = new ScheduledRun(limits, model, guessing(golden));
            long id = run.submit(golden.prompt(), OUTPUT);
            while (run.turn()) {
                assertEquals(List.of(), run.failures);
            }
            assertEquals(expected, run.tokens.get(id));
            assertTrue(run.scheduler.drafts().accepted() > OUTPUT / 3, "too few guesses were right");
            assertTrue(run.scheduler.drafts().drafted() > run.scheduler.drafts().accepted(), "none was wrong");
        }
    }

    /** The golden continuation, with a mistake in the middle. */
    private static DraftSource guessing(Golden golden) {
        return (tokens, length, most) -> IntStream.range(length, length + most)
                .map(position -> position - golden.prompt().length)
                .map(at -> at == 10 ? 0 : golden.continuation()[at])
                .toArray();
    }
}
