package io.millrace.text;

import java.util.List;

/**
 * Finds the end of one stream's output. Owner: the stream's event loop.
 *
 * <p>The stop string that is complete first wins, whatever the text's cuts; of several that are complete at the same
 * character the longest, so that no part of it shows. Text that could be the start of a stop string is held back.
 *
 * <p>One Knuth-Morris-Pratt automaton per stop string: amortized constant time for each character and string, and no
 * memory beyond the text held back, which is shorter than the longest stop string.
 */
public final class StopMatcher {
    private final String[] stops;
    private final int[][] borders;
    private final int[] matched;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    /**
     * @param text    what may be shown now
     * @param stopped whether a stop string has been seen; nothing more is shown then
     */
    public record Emitted(String text, boolean stopped) {}

    /** @param stops none empty */
    public StopMatcher(List<String> stops) {
        this.stops = stops.toArray(String[]::new);
        this.borders = stops.stream().map(StopMatcher::borders).toArray(int[][]::new);
        this.matched = new int[this.stops.length];
    }

    public Emitted append(String text) {
        if (stopped) {
            return new Emitted("", true);
        }
        if (stops.length == 0) {
            return new Emitted(text, false);
        }
        held.append(text);
        for (int i = 0; i < text.length(); i++) {
            int length = advance(text.charAt(i));
            if (length > 0) {
                stopped = true;
                int end = held.length() - text.length() + i + 1;
                return new Emitted(take(end - length), true);
            }
        }
        return new Emitted(take(held.length() - longestStart()), false);
    }

    /** What was held back, at the end of a stream that no stop string ended. */
    public String flush() {
        return stopped ? "" : take(held.length());
    }

    /** Length of the longest stop string that ends with this character; 0 where none does. */
    private int advance(char next) {
        int longest = 0;
        for (int s = 0; s < stops.length; s++) {
            int m = matched[s];
            while (m > 0 && stops[s].charAt(m) != next) {
                m = borders[s][m - 1];
            }
            matched[s] = stops[s].charAt(m) == next ? m + 1 : m;
            if (matched[s] == stops[s].length()) {
                longest = Math.max(longest, matched[s]);
            }
        }
        return longest;
    }

    private int longestStart() {
        int longest = 0;
        for (int m : matched) {
            longest = Math.max(longest, m);
        }
        return longest;
    }

    private String take(int length) {
        String taken = held.substring(0, length);
        held.delete(0, length);
        return taken;
    }

    /** For each prefix the length of its longest proper prefix that is also its suffix. */
    private static int[] borders(String stop) {
        if (stop.isEmpty()) {
            throw new IllegalArgumentException("a stop string is empty");
        }
        int[] borders = new int[stop.length()];
        for (int i = 1; i < borders.length; i++) {
            int b = borders[i - 1];
            while (b > 0 && stop.charAt(b) != stop.charAt(i)) {
                b = borders[b - 1];
            }
            borders[i] = stop.charAt(b) == stop.charAt(i) ? b + 1 : 0;
        }
        return borders;
    }
}
