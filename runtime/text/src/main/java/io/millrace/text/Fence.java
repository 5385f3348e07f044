package io.millrace.text;

/**
 * Keeps what a client wrote from being read as a control token, while a chat template lays it out as ordinary text.
 *
 * <p>A mark goes in front of every place of a message where a control token is spelled, or where the message ends and
 * the template's own text could complete one. The tokenizer starts no control token behind a mark, and drops the mark.
 * All other text stays as it was, so templates that trim, split or compare it do what they always do, and its tokens are
 * those of the reference. The mark is a lone surrogate: well-formed text has none, so no client can write or remove one.
 */
final class Fence {
    private static final char MARK = '\uDC00';
    private static final char REPLACEMENT = '\uFFFD';

    private Fence() {}

    static String around(String content, SpecialTokens specials) {
        StringBuilder fenced = new StringBuilder(content.length() + 16);
        for (int i = 0; i < content.length(); i++) {
            if (specials.controlMayStart(content, i)) {
                fenced.append(MARK);
            }
            fenced.append(content.charAt(i));
        }
        return fenced.toString();
    }

    static boolean standsBefore(CharSequence text, int at) {
        return at > 0 && text.charAt(at - 1) == MARK;
    }

    static String removed(String text) {
        return text.indexOf(MARK) < 0 ? text : text.replace(String.valueOf(MARK), "");
    }

    /** Text with every lone surrogate replaced by U+FFFD: no encoding could carry it. */
    static String wellFormed(String text) {
        StringBuilder mended = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            mended = mended == null ? new StringBuilder(text) : mended;
            mended.setCharAt(i, REPLACEMENT);
        }
        return mended == null ? text : mended.toString();
    }
}
