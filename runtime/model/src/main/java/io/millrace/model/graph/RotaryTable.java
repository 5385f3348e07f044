package io.millrace.model.graph;

import io.millrace.api.LocalAttention;
import io.millrace.api.ModelManifest;

/** Cosines and sines of the rotary position embedding (Su et al., RoFormer, 2021): angle {@code p * base^(-2j / d)}. */
public final class RotaryTable {
    private RotaryTable() {}

    /** One more than the context: runners keep a spare position per row. */
    public static int positions(ModelManifest model) {
        return model.contextLength() + 1;
    }

    /** Angles in radians, {@code [positions, headDim / 2]}. */
    public static double angle(ModelManifest model, int position, int pair) {
        double divisor = model.traits().ropeScaling().divisor(pair);
        return position * frequency(model.ropeBase(), model, pair) / divisor;
    }

    /** Angles of local layers that turn otherwise than the others. */
    static double localAngle(ModelManifest model, int position, int pair) {
        LocalAttention local = model.traits().local().orElseThrow();
        return position * frequency(local.ropeBase().orElseThrow(), model, pair);
    }

    private static double frequency(double base, ModelManifest model, int pair) {
        return Math.pow(base, -2.0 * pair / model.headDim());
    }
}
