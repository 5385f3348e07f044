package io.millrace.text;

import io.millrace.api.TokenizerSpec;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds the tokens that are read whole, before any merge: a trie over the spellings of control and user-defined tokens.
 * Immutable.
 */
final class SpecialTokens {
    private static final int NONE = -1;

    /** One character further; {@code id} is the token spelled so far, or {@link #NONE}. */
    private static final class Node {
        final Map<Character, Node> next = new HashMap<>();
        int id = NONE;
        boolean control;
    }

    /**
     * @param id     token found, or −1
     * @param length its characters
     */
    record Match(int id, int length) {
        static final Match NOTHING = new Match(NONE, 0);

        boolean found() {
            return id >= 0;
        }
    }

    private final Node root = new Node();

    SpecialTokens(TokenizerSpec spec) {
        for (int id = 0; id < spec.tokens().size(); id++) {
            boolean control = TokenType.control(spec, id);
            if ((control || TokenType.userDefined(spec, id))
                    && !spec.tokens().get(id).isEmpty()) {
                add(spec.tokens().get(id), id, control);
            }
        }
    }

    /**
     * The longest token that starts at {@code from}.
     *
     * @param readControl whether control tokens count; user-defined ones always do
     */
    Match at(CharSequence text, int from, boolean readControl) {
        Match longest = Match.NOTHING;
        Node node = root;
        for (int i = from; i < text.length(); i++) {
            node = node.next.get(text.charAt(i));
            if (node == null) {
                return longest;
            }
            if (node.id != NONE && (readControl || !node.control)) {
                longest = new Match(node.id, i + 1 - from);
            }
        }
        return longest;
    }

    /** Whether a control token starts at {@code from}, or could if the text went on. */
    boolean controlMayStart(CharSequence text, int from) {
        Node node = root;
        for (int i = from; i < text.length(); i++) {
            node = node.next.get(text.charAt(i));
            if (node == null) {
                return false;
            }
            if (node.control) {
                return true;
            }
        }
        return from < text.length();
    }

    private void add(String spelling, int id, boolean control) {
        Node node = root;
        for (int i = 0; i < spelling.length(); i++) {
            node = node.next.computeIfAbsent(spelling.charAt(i), c -> new Node());
        }
        node.id = id;
        node.control = control;
    }
}
