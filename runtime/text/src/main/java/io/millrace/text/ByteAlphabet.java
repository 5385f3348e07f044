package io.millrace.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How byte-level BPE spells bytes as characters: GPT-2's {@code bytes_to_unicode}.
 *
 * <p>Printable Latin-1 characters stand for themselves; every other byte, in rising order, is U+0100, U+0101, and so on.
 */
final class ByteAlphabet {
    private static final int CHARACTERS = 0x100 + 68;
    private static final short[] BYTE_OF = new short[CHARACTERS];

    static {
        Arrays.fill(BYTE_OF, (short) -1);
        int spare = 0x100;
        for (int value = 0; value < 256; value++) {
            BYTE_OF[printable(value) ? value : spare++] = (short) value;
        }
    }

    private ByteAlphabet() {}

    /** Bytes of a token; a token that is not spelled in this alphabet is taken as plain text, as the reference does. */
    static byte[] decode(String token) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(token.length());
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            if (c >= CHARACTERS || BYTE_OF[c] < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes.write(BYTE_OF[c]);
        }
        return bytes.toByteArray();
    }

    private static boolean printable(int value) {
        return value >= '!' && value <= '~' || value >= 0xa1 && value <= 0xac || value >= 0xae;
    }
}
