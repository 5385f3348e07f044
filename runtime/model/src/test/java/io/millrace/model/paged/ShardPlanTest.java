package io.millrace.model.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ModelManifest;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardPlanTest {
    private static final ModelManifest SMOL = Manifests.smol();

    @Test
    void oneRankHoldsAll() {
        Rank rank = Manifests.whole(SMOL);
        assertEquals(new Span(0, 9), rank.heads());
        assertEquals(new Span(0, 3), rank.kvHeads());
        assertEquals(new Span(0, 1536), rank.ffn());
        assertTrue(rank.layers().embeds() && rank.layers().hasHead() && rank.leads());
    }

    @Test
    void ranksComeStageByStage() {
        ShardPlan plan = ShardPlan.of(SMOL, 3, 2);
        assertEquals(6, plan.ranks().size());
        for (int i = 0; i < 6; i++) {
            assertEquals(i / 3, plan.ranks().get(i).stage());
            assertEquals(i % 3, plan.ranks().get(i).tpRank());
        }
        assertEquals(plan.ranks().subList(3, 6), plan.stage(1));
        assertEquals(19, plan.stage(1).getFirst().layers().first());
    }

    @Test
    void aRankHasTheKeyHeadsThatItsQueryHeadsShare() {
        List<Rank> ranks = ShardPlan.of(SMOL, 3, 1).ranks();
        assertEquals(new Span(3, 3), ranks.get(1).heads());
        assertEquals(new Span(1, 1), ranks.get(1).kvHeads());
        assertEquals(new Span(512, 512), ranks.get(1).ffn());
    }

    @Test
    void whatCannotBeSharedEquallyIsRefusedWithWhatCan() {
        assertEquals(
                "tensor-parallel is 2, but smol has 9 query heads, which so many ranks cannot share equally; it can be 1, 3",
                refusal(SMOL, 2, 1));
        assertEquals(
                "tensor-parallel is 9, but smol has 3 key and value heads, which so many ranks cannot share equally;"
                        + " they are never replicated; it can be 1, 3",
                refusal(SMOL, 9, 1));
        assertTrue(refusal(SMOL, 0, 1).startsWith("tensor-parallel is 0"));
        assertEquals("shards must be 1 to 30, not 31", refusal(SMOL, 1, 31));
    }

    @Test
    void feedForwardChannelsMustDivideToo() {
        ModelManifest odd = new ModelManifest("odd", 2, 256, 4, 4, 64, 510, 64, 64, 10_000, 1e-5, false, true, false);
        assertTrue(refusal(odd, 4, 1).contains("510 feed-forward channels"));
    }

    private static String refusal(ModelManifest model, int tensorParallel, int pipeline) {
        return assertThrows(IllegalArgumentException.class, () -> ShardPlan.of(model, tensorParallel, pipeline))
                .getMessage();
    }
}
