package io.millrace.text;

import java.util.ArrayList;
import java.util.List;

/** The parts of Python's {@code str} that chat templates call and that Java's {@code String} does otherwise. */
final class PythonText {

    private PythonText() {}

    /** @param chars what to strip; empty means white space as Python sees it, with no-break and ideographic spaces */
    static String strip(String text, String chars, boolean left, boolean right) {
        int start = 0;
        int end = text.length();
        while (left && start < end && strips(text.charAt(start), chars)) {
            start++;
        }
        while (right && end > start && strips(text.charAt(end - 1), chars)) {
            end--;
        }
        return text.substring(start, end);
    }

    /** Empty parts at the ends count, unlike in Java. @param max most cuts; negative means all */
    static List<String> split(String text, String separator, long max) {
        if (separator.isEmpty()) {
            throw new IllegalArgumentException("split() wants a separator that is not empty");
        }
        List<String> parts = new ArrayList<>();
        int start = 0;
        for (int at = text.indexOf(separator); at >= 0 && parts.size() != max; at = text.indexOf(separator, start)) {
            parts.add(text.substring(start, at));
            start = at + separator.length();
        }
        parts.add(text.substring(start));
        return parts;
    }

    /** At runs of white space; none at the ends. */
    static List<String> words(String text) {
        String stripped = strip(text, "", true, true);
        return stripped.isEmpty() ? List.of() : List.of(stripped.split("(?U)[\\s\\x1c-\\x1f]+"));
    }

    /** @throws IllegalArgumentException where the result would have more than {@code max} characters */
    static String replace(String text, String old, String replacement, int max) {
        long growth = (long) count(text, old) * (replacement.length() - old.length());
        if (text.length() + growth > max) {
            throw new IllegalArgumentException("replace() would write more than " + max + " characters");
        }
        return text.replace(old, replacement);
    }

    /** Occurrences that do not overlap; an empty string is found before every character and at the end, as in Python. */
    static int count(String text, String part) {
        if (part.isEmpty()) {
            return text.length() + 1;
        }
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }

    static String title(String text) {
        StringBuilder title = new StringBuilder(text.length());
        boolean inWord = false;
        for (char c : text.toCharArray()) {
            title.append(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = Character.isLetter(c);
        }
        return title.toString();
    }

    private static boolean strips(char c, String chars) {
        return chars.isEmpty()
                ? Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085'
                : chars.indexOf(c) >= 0;
    }
}
