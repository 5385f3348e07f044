package io.millrace.engine;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the blocks of a store hold, in the order of their texts, so that the one that begins most like another text stands beside
 * where that would stand. No more texts than blocks.
 */
final class BlocksByText {
    private final TreeMap<Text, BlockKey> keys = new TreeMap<>();
    /** By block; null where it never held anything. */
    private final Text[] texts;

    /** @param before key of the block before it: all that stands before, and whose it is */
    private record Text(BlockKey before, int[] tokens) implements Comparable<Text> {
        private static final Comparator<Text> ORDER =
                Comparator.comparing(Text::before).thenComparing(Text::tokens, Arrays::compare);

        @Override
        public int compareTo(Text other) {
            return ORDER.compare(this, other);
        }

        /** Tokens that both begin with; none where they stand behind different texts. */
        int common(Text other) {
            int differs = Arrays.mismatch(tokens, other.tokens);
            return !before.equals(other.before) ? 0 : differs < 0 ? tokens.length : differs;
        }
    }

    /** @param tokens of the block of key {@code key} that are what was looked for */
    record Beginning(BlockKey key, int tokens) {}

    BlocksByText(int blocks) {
        texts = new Text[blocks];
    }

    /** {@code block} holds from here on what {@code key} names, {@code tokens} behind {@code before}, and nothing else. */
    void put(int block, BlockKey key, BlockKey before, int[] tokens) {
        if (texts[block] != null) {
            keys.remove(texts[block]);
        }
        texts[block] = new Text(before, tokens);
        keys.put(texts[block], key);
    }

    /** The block that has most tokens in common with a text, from its first on; empty where none has any. */
    Optional<Beginning> mostAlike(BlockKey before, int[] tokens) {
        Text text = new Text(before, tokens);
        Beginning lower = beginning(text, keys.floorEntry(text));
        Beginning higher = beginning(text, keys.ceilingEntry(text));
        Beginning most = lower.tokens >= higher.tokens ? lower : higher;
        return Optional.of(most).filter(found -> found.tokens > 0);
    }

    private static Beginning beginning(Text text, Map.Entry<Text, BlockKey> neighbour) {
        return neighbour == null
                ? new Beginning(null, 0)
                : new Beginning(neighbour.getValue(), text.common(neighbour.getKey()));
    }
}
