package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class MergeOrderTest {
    @Test
    void theBestTokenComesFirstWithAllWaysToMakeIt() {
        List<String> tokens = List.of("a", "b", "ab", "ba", "aba");
        float[] scores = {-9, -9, -2, -3, -1};
        assertEquals(List.of("a ba", "ab a", "a b", "b a"), MergeOrder.of(tokens, List.of(1, 1, 1, 1, 1), scores));
    }

    @Test
    void tokensThatAreNotNormalTakeNoPart() {
        List<String> tokens = List.of("a", "b", "ab", "bb");
        assertEquals(List.of("b b"), MergeOrder.of(tokens, List.of(1, 1, 4, 1), new float[4]));
    }
}
