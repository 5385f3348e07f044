package io.millrace.api;

import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Sliding-window attention of some layers.
 *
 * @param window   positions that a token sees, its own among them; at least 1
 * @param ropeBase base of a rotary embedding of their own, never scaled; empty where they turn like all others
 * @param layers   which they are, from 0
 */
public record LocalAttention(int window, OptionalDouble ropeBase, Set<Integer> layers) {
    public LocalAttention {
        if (window < 1) {
            throw new IllegalArgumentException("a window of " + window + " positions");
        }
        layers = Set.copyOf(layers);
    }

    /** All of {@code layers} but every {@code period}-th; a period of 0 leaves none out. */
    public static Set<Integer> allBut(int period, int layers) {
        return IntStream.range(0, layers)
                .filter(i -> period == 0 || (i + 1) % period != 0)
                .boxed()
                .collect(Collectors.toUnmodifiableSet());
    }
}
