package io.millrace.api;

import java.util.List;

/**
 * How a rotary embedding is stretched beyond the context that a model was first trained with: pair j turns by
 * {@code base^(-2j / headDim) / divisor(j)} a position.
 *
 * @param factor   divides every pair's frequency ("linear" scaling)
 * @param divisors by pair, on top of it; empty where there are none
 */
public record RopeScaling(double factor, List<Double> divisors) {
    public static final RopeScaling NONE = new RopeScaling(1, List.of());

    public RopeScaling {
        divisors = List.copyOf(divisors);
    }

    public double divisor(int pair) {
        return divisors.isEmpty() ? factor : factor * divisors.get(pair);
    }
}
