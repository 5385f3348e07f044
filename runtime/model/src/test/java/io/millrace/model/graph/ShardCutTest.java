package io.millrace.model.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ModelManifest;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardCutTest {
    private static final ModelManifest MODEL =
            new ModelManifest("model", 30, 576, 9, 3, 64, 1536, 49152, 8192, 10_000, 1e-5, true, true, false);

    @Test
    void shardsCoverAllLayersInOrder() {
        for (int shards = 1; shards <= MODEL.layers(); shards++) {
            List<ShardCut> cuts = ShardCut.cut(MODEL, shards);
            assertEquals(shards, cuts.size());
            assertTrue(cuts.getFirst().embeds());
            assertTrue(cuts.getLast().hasHead());
            for (int i = 1; i < shards; i++) {
                assertEquals(cuts.get(i - 1).end(), cuts.get(i).first());
            }
        }
    }

    @Test
    void theHeadCountsAsTheLayersItWeighs() {
        assertEquals(List.of(new ShardCut(0, 19, 30), new ShardCut(19, 30, 30)), ShardCut.cut(MODEL, 2));
    }

    @Test
    void aShardHasAtLeastOneLayer() {
        assertThrows(IllegalArgumentException.class, () -> ShardCut.cut(MODEL, 0));
        assertThrows(IllegalArgumentException.class, () -> ShardCut.cut(MODEL, 31));
    }

    @Test
    void interleavedRowsAreBroughtBackToHalves() {
        RowOrder halves = RowOrder.halves(6);
        int[] expected = {0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11};
        for (int row = 0; row < expected.length; row++) {
            assertEquals(expected[row], halves.applyAsInt(row));
        }
    }
}
