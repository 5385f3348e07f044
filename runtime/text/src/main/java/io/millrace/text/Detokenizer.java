package io.millrace.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns one stream's tokens into text as they come. Owner: the stream's event loop.
 *
 * <p>Bytes that may still become a character are held back (at most three), so no part of a character is ever shown;
 * bytes that no longer can become one are U+FFFD. All texts together equal the decoding of all bytes at once.
 */
public final class Detokenizer {
    private static final int MAX_HELD_BYTES = 3;

    private final Vocabulary vocabulary;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private final ByteBuffer pending;
    private final CharBuffer text;

    public Detokenizer(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        this.pending = ByteBuffer.allocate(MAX_HELD_BYTES + vocabulary.longestToken());
        this.text = CharBuffer.allocate(pending.capacity());
    }

    /** What this token adds to the text; empty for control tokens and inside a character. */
    public String append(int token) {
        vocabulary.write(token, pending);
        return decode(false);
    }

    /** What was held back, at the end of the stream. The next token starts afresh. */
    public String flush() {
        String rest = decode(true);
        decoder.reset();
        return rest;
    }

    /** A byte never becomes more than one char, so {@code text} cannot overflow. */
    private String decode(boolean end) {
        pending.flip();
        decoder.decode(pending, text, end);
        pending.compact();
        String decoded = text.flip().toString();
        text.clear();
        return decoded;
    }
}
