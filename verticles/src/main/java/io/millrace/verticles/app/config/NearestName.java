package io.millrace.verticles.app.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what a misspelt name was meant to be. */
public final class NearestName {
    /** More known names than this are not told one by one. */
    private static final int LISTED = 8;

    private NearestName() {}

    /** The known name with the fewest edits; empty where more than a third of the letters would have to change. */
    public static Optional<String> of(String name, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(candidate -> edits(name, candidate)))
                .filter(best -> edits(name, best) <= Math.max(2, name.length() / 3));
    }

    /** A sentence to end an error message with. */
    public static String hint(String name, Collection<String> known) {
        return of(name, known).map(nearest -> "did you mean " + nearest + "?").orElseGet(() -> listed(known));
    }

    private static String listed(Collection<String> known) {
        return known.size() <= LISTED ? "known are " + String.join(", ", known) + "." : "no known name is like it.";
    }

    /** To the candidate, or to its last part: {@code max-batch} is meant to be {@code limits.max-batch}. */
    private static int edits(String name, String candidate) {
        return Math.min(distance(name, candidate), distance(name, candidate.substring(candidate.lastIndexOf('.') + 1)));
    }

    /** Levenshtein's edit distance, one row at a time. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
