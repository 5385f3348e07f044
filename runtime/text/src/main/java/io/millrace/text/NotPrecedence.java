package io.millrace.text;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts parentheses around what {@code not} negates in a template.
 *
 * <p>In Jinja {@code not x is defined} is {@code not (x is defined)}: {@code not} binds weaker than tests and
 * comparisons. Jinjava reads {@code (not x) is defined}, which is always true, and lays out a different prompt without
 * an error. Templates of Llama and DeepSeek have this line.
 */
final class NotPrecedence {
    /** A text, a comment, a string, a word, an end of a tag, or any other character. */
    private static final Pattern PART = Pattern.compile(
            "\\{#.*?#}|\\{%[-+]?\\s*raw\\s*[-+]?%}.*?\\{%[-+]?\\s*endraw\\s*[-+]?%}|\\{%|\\{\\{|[-+]?%}|-?}}"
                    + "|'[^'\\\\]*+(?:\\\\.[^'\\\\]*+)*+'|\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"|\\w++|\\s++|.",
            Pattern.DOTALL);

    private static final Pattern IN = Pattern.compile("\\s+in\\b");

    private static final Set<String> OPENING = Set.of("(", "[", "{");
    private static final Set<String> CLOSING = Set.of(")", "]", "}");

    /** What ends an operand of {@code not}. */
    private static final Set<String> WEAKER = Set.of("and", "or", "if", "else", ",", ":", ")", "]", "}");

    private final String source;
    private final StringBuilder bound;
    /** Bracket depths at which a parenthesis of ours is open. */
    private final Deque<Integer> open = new ArrayDeque<>();

    private boolean inTag;
    private int depth;
    private String lastWord = "";

    private NotPrecedence(String source) {
        this.source = source;
        this.bound = new StringBuilder(source.length() + 64);
    }

    static String bind(String source) {
        return new NotPrecedence(source).bind();
    }

    private String bind() {
        Matcher parts = PART.matcher(source);
        for (int at = 0; parts.find(at); ) {
            String part = singly(parts.group()) ? source.substring(at, at + 1) : parts.group();
            at += part.length();
            if (inTag) {
                inside(part, IN.matcher(source).region(at, source.length()).lookingAt());
            } else {
                inTag = part.equals("{%") || part.equals("{{");
                bound.append(part);
            }
        }
        return bound.toString();
    }

    /** Outside of tags a quote is text, not the start of a string; behind a map two braces close two maps, not the tag. */
    private boolean singly(String part) {
        return inTag ? depth > 0 && part.endsWith("}}") : part.startsWith("'") || part.startsWith("\"");
    }

    private void inside(String part, boolean inFollows) {
        boolean ends = part.endsWith("%}") || part.endsWith("}}");
        if (ends || WEAKER.contains(part)) {
            closeFrom(depth);
        }
        if (ends) {
            inTag = false;
        } else if (OPENING.contains(part)) {
            depth++;
        } else if (CLOSING.contains(part)) {
            depth--;
        }
        bound.append(part);
        if (part.equals("not") && !lastWord.equals("is") && !inFollows) {
            bound.append(" (");
            open.push(depth);
        }
        lastWord = part.isBlank() ? lastWord : part;
    }

    private void closeFrom(int least) {
        while (!open.isEmpty() && open.peek() >= least) {
            bound.append(')');
            open.pop();
        }
    }
}
