package io.millrace.model.graph;

import io.millrace.api.ModelManifest;
import java.util.Optional;

/**
 * The bases that a decoder with whole rows in 8 bits computes in. Hidden states are turned all along, since a norm without weights
 * and an addition do not mind; a head's values from their product to the next one, since attention only sums them up; both cost nothing
 * in a step. What goes into a feed-forward network's last product is turned there and then, in small blocks.
 *
 * @param hidden      of hidden states
 * @param head        of a head's values
 * @param feedForward of blocks of what the gate lets through
 */
record DecoderBasis(Rotation hidden, Rotation head, Rotation feedForward) {
    /** Blocks of 128 and 512 came no nearer to float32, blocks of 16 less near (loadtest/RESULTS.md). */
    private static final int FEED_FORWARD_BLOCK = 64;

    /** @throws IllegalArgumentException where the residual is added to what a norm's weights have scaled: that does not turn */
    static DecoderBasis of(ModelManifest model) {
        if (model.traits().postNorms()) {
            throw new IllegalArgumentException("precision w8a8 is not for models with norms behind attention (Gemma)");
        }
        return new DecoderBasis(
                new Rotation(model.hidden()),
                new Rotation(model.headDim()),
                new Rotation(Rotation.block(model.ffn(), FEED_FORWARD_BLOCK)));
    }

    /** Of a table of hidden states. */
    BasisChange table() {
        return change(hidden, null);
    }

    /** Of what has the hidden states normed by {@code norm}. */
    BasisChange fromHidden(String norm) {
        return change(hidden, null).normedBy(norm);
    }

    BasisChange toValues(String norm) {
        return change(hidden, head).normedBy(norm);
    }

    BasisChange fromValues() {
        return change(head, hidden);
    }

    BasisChange fromFeedForward() {
        return change(feedForward, hidden);
    }

    private static BasisChange change(Rotation input, Rotation output) {
        return new BasisChange(Optional.empty(), Optional.of(input), Optional.ofNullable(output));
    }
}
