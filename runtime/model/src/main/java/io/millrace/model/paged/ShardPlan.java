package io.millrace.model.paged;

import io.millrace.api.ModelManifest;
import io.millrace.model.graph.ShardCut;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Who holds what of a model on {@code tensorParallel * pipeline} devices.
 *
 * @param ranks stage by stage, within a stage by {@link Rank#tpRank()}: the order of the devices
 */
public record ShardPlan(int tensorParallel, int pipeline, List<Rank> ranks) {
    public ShardPlan {
        ranks = List.copyOf(ranks);
    }

    /**
     * @param tensorParallel ranks that share each layer
     * @param pipeline       stages that share the layers
     * @throws IllegalArgumentException where heads, key and value heads or feed-forward channels cannot be shared
     *     equally, or there are fewer layers than stages; the message says what would do. Key and value heads are never
     *     replicated, so there are at most as many ranks as those.
     */
    public static ShardPlan of(ModelManifest model, int tensorParallel, int pipeline) {
        checkDivides(model, tensorParallel);
        List<Rank> ranks = new ArrayList<>();
        for (ShardCut layers : ShardCut.cut(model, pipeline)) {
            int stage = ranks.size() / tensorParallel;
            for (int rank = 0; rank < tensorParallel; rank++) {
                ranks.add(rank(model, stage, rank, tensorParallel, layers));
            }
        }
        return new ShardPlan(tensorParallel, pipeline, ranks);
    }

    /** The part of the plan that one of its stages is, the others being elsewhere. */
    public ShardPlan only(int stage) {
        return new ShardPlan(tensorParallel, 1, stage(stage));
    }

    /** The ranks of a stage, by {@link Rank#tpRank()}. */
    public List<Rank> stage(int stage) {
        return ranks.subList(stage * tensorParallel, (stage + 1) * tensorParallel);
    }

    private static Rank rank(ModelManifest model, int stage, int rank, int size, ShardCut layers) {
        return new Rank(
                stage,
                rank,
                size,
                layers,
                Span.share(model.heads(), size, rank),
                Span.share(model.kvHeads(), size, rank),
                Span.share(model.ffn(), size, rank));
    }

    private static void checkDivides(ModelManifest model, int ranks) {
        check(model, ranks, model.heads(), "query heads, which so many ranks cannot share equally");
        String replicated = "key and value heads, which so many ranks cannot share equally; they are never replicated";
        check(model, ranks, model.kvHeads(), replicated);
        check(model, ranks, model.ffn(), "feed-forward channels, which so many ranks cannot share equally");
    }

    private static void check(ModelManifest model, int ranks, int count, String problem) {
        if (ranks < 1 || count % ranks != 0) {
            throw new IllegalArgumentException("tensor-parallel is " + ranks + ", but " + model.name() + " has " + count
                    + " " + problem + "; it can be " + possible(model));
        }
    }

    private static String possible(ModelManifest model) {
        return IntStream.rangeClosed(1, model.kvHeads())
                .filter(ranks -> model.heads() % ranks == 0 && model.kvHeads() % ranks == 0 && model.ffn() % ranks == 0)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(", "));
    }
}
