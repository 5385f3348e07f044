package io.millrace.model.graph;

import io.millrace.api.ModelManifest;
import java.util.ArrayList;
import java.util.List;

/**
 * The layers of one shard. The first shard also embeds, the last one also has the norm and head.
 *
 * @param first first layer
 * @param end   one after the last layer
 * @param layers layers of the whole model
 */
public record ShardCut(int first, int end, int layers) {
    public ShardCut {
        if (first < 0 || first >= end || end > layers) {
            throw new IllegalArgumentException("layers " + first + " to " + end + " of " + layers);
        }
    }

    /** All layers of a model. */
    public static ShardCut whole(ModelManifest model) {
        return new ShardCut(0, model.layers(), model.layers());
    }

    public boolean embeds() {
        return first == 0;
    }

    public boolean hasHead() {
        return end == layers;
    }

    public int size() {
        return end - first;
    }

    /**
     * Cuts a model into shards of about equal work, each with at least one layer. The head counts as the layers that
     * have as many weights: decoding reads every weight once.
     *
     * @throws IllegalArgumentException where {@code shards} is not in 1 to the number of layers
     */
    public static List<ShardCut> cut(ModelManifest model, int shards) {
        int layers = model.layers();
        if (shards < 1 || shards > layers) {
            throw new IllegalArgumentException("shards must be 1 to " + layers + ", not " + shards);
        }
        double head = headWeights(model) / (double) layerWeights(model);
        List<ShardCut> cuts = new ArrayList<>(shards);
        int first = 0;
        for (int left = shards; left > 0; left--) {
            double share = (layers - first + head) / left;
            int end = left == 1 ? layers : Math.clamp(first + Math.round(share), first + 1, layers - left + 1);
            cuts.add(new ShardCut(first, end, layers));
            first = end;
        }
        return List.copyOf(cuts);
    }

    private static long layerWeights(ModelManifest model) {
        long attention = (2L * model.heads() + 2L * model.kvHeads()) * model.headDim();
        return model.hidden() * (attention + 3L * model.ffn());
    }

    private static long headWeights(ModelManifest model) {
        return (long) model.vocabulary() * model.hidden();
    }
}
