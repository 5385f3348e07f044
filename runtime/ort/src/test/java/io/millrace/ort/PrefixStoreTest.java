package io.millrace.ort;

import static io.millrace.ort.Steps.randomTokens;
import static io.millrace.ort.Steps.range;
import static io.millrace.ort.Steps.slice;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.engine.CpuAttention;
import io.millrace.engine.StepPlan.Copy;
import io.millrace.engine.StepPlan.Copy.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(CpuAttention.class)
class PrefixStoreTest {
    private static final int CONTEXT = 64;
    private static final int BLOCKS = 4;

    @Parameter
    private CpuAttention attention;

    private RecordedModel model;
    private final int[] prompt = randomTokens(40, TinyModel.VOCABULARY, 1);

    @BeforeEach
    void load() throws Exception {
        model = new RecordedModel(
                TestModel.tiny(attention),
                TestModel.with(TestModel.limits(4, CONTEXT, 64), Map.of("prefixCacheTokens", BLOCKS * 16)),
                attention);
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void aRowFilledFromTheStoreIsTheRowThatWasSaved() throws Exception {
        model.steps.run(slice(0, 0, range(prompt, 0, 32)));
        model.steps.run(slice(0, 32, range(prompt, 32, 40)));
        float[] whole = model.logits().get(0);
        List<Copy> copies = List.of(
                new Copy(Kind.SAVE, 0, 0, List.of(3)),
                new Copy(Kind.SAVE, 0, 16, List.of(1)),
                new Copy(Kind.LOAD, 2, 0, List.of(3, 1)));
        model.steps.result(copies, slice(2, 32, range(prompt, 32, 40)));
        assertArrayEquals(whole, model.logits().get(2));
    }

    @Test
    void whatIsInTheStoreOutlivesItsRow() throws Exception {
        model.steps.run(slice(0, 0, range(prompt, 0, 32)));
        model.steps.run(slice(0, 32, range(prompt, 32, 40)));
        float[] whole = model.logits().get(0);
        model.steps.result(List.of(new Copy(Kind.SAVE, 0, 0, List.of(0, 1))), slice(0, 0, randomTokens(50, 90, 2)));
        model.steps.result(List.of(new Copy(Kind.LOAD, 0, 0, List.of(0))), slice(0, 16, 5, 6));
        model.steps.result(List.of(new Copy(Kind.LOAD, 0, 16, List.of(1))), slice(0, 32, range(prompt, 32, 40)));
        assertArrayEquals(whole, model.logits().get(0));
    }

    @Test
    void copiesOutsideOfTheCacheAreRefused() throws Exception {
        model.steps.run(slice(0, 0, range(prompt, 0, 20)));
        assertRefused(new Copy(Kind.SAVE, 0, 16, List.of(0)));
        assertRefused(new Copy(Kind.SAVE, 0, 0, List.of(BLOCKS)));
        assertRefused(new Copy(Kind.LOAD, 1, 16, List.of(0)));
        assertRefused(new Copy(Kind.LOAD, 4, 0, List.of(0)));
        assertRefused(new Copy(Kind.LOAD, 1, 0, List.of(0, 1, 2, 3, 0)));
    }

    private void assertRefused(Copy copy) {
        assertThrows(IllegalArgumentException.class, () -> model.steps.result(List.of(copy), slice(0, 20, 1)));
    }
}
