package io.millrace.verticles.app.probe;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where in a decoder a node of its graph belongs, read from the node's name.
 *
 * @param layer {@link #NONE} for embedding and head
 */
record Place(Part part, int layer) {
    static final int NONE = -1;

    private static final Pattern IN_LAYER = Pattern.compile("(layer|entering)(\\d+)\\.(.*)");
    /** What a layer computes behind its second norm. */
    private static final Pattern MLP = Pattern.compile("(middle|gate|up|silu|gelu|gated|update|ffn).*");

    enum Part {
        EMBEDDING,
        ATTENTION,
        MLP,
        HEAD;

        String label() {
            return this == MLP ? "MLP" : name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param firstLayer of the shard, whose first norm has a name of its own */
    static Place of(String node, int firstLayer) {
        Matcher inLayer = IN_LAYER.matcher(node);
        if (inLayer.matches()) {
            boolean mlp = inLayer.group(1).equals("layer")
                    && MLP.matcher(inLayer.group(3)).matches();
            return new Place(mlp ? Part.MLP : Part.ATTENTION, Integer.parseInt(inLayer.group(2)));
        }
        if (node.startsWith("entered")) {
            return new Place(Part.ATTENTION, firstLayer);
        }
        return new Place(node.startsWith("embed") ? Part.EMBEDDING : Part.HEAD, NONE);
    }

    String label() {
        return layer == NONE ? part.label() : "layer " + layer + " " + part.label();
    }
}
