package io.millrace.text;

import io.millrace.api.TokenizerSpec;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The bytes of every token of a model, for all its streams: immutable, about one MiB for 128,000 tokens.
 *
 * <p>Control, unknown and unused tokens have no bytes: they are not part of the output.
 */
public final class Vocabulary {
    private static final Pattern SINGLE_BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");

    private final byte[] bytes;
    private final int[] ends;
    private final int longest;

    private Vocabulary(byte[] bytes, int[] ends, int longest) {
        this.bytes = bytes;
        this.ends = ends;
        this.longest = longest;
    }

    public static Vocabulary of(TokenizerSpec spec) {
        ByteArrayOutputStream bytes =
                new ByteArrayOutputStream(8 * spec.tokens().size());
        int[] ends = new int[spec.tokens().size()];
        int longest = 1;
        for (int id = 0; id < ends.length; id++) {
            byte[] piece = piece(spec, id);
            bytes.writeBytes(piece);
            ends[id] = bytes.size();
            longest = Math.max(longest, piece.length);
        }
        return new Vocabulary(bytes.toByteArray(), ends, longest);
    }

    /** Ids are from 0 to size − 1. */
    public int size() {
        return ends.length;
    }

    /** Bytes of the longest token that text can hold; at least 1. */
    public int longestToken() {
        return longest;
    }

    /** Appends a token's bytes to {@code target}, which must have {@link #longestToken()} bytes of room. */
    void write(int id, ByteBuffer target) {
        int start = id == 0 ? 0 : ends[id - 1];
        target.put(bytes, start, ends[id] - start);
    }

    private static byte[] piece(TokenizerSpec spec, int id) {
        if (TokenType.silent(spec, id)) {
            return new byte[0];
        }
        String token = spec.tokens().get(id);
        if (Family.of(spec) == Family.SENTENCE_PIECE) {
            return TokenType.singleByte(spec, id) ? singleByte(token) : sentencePiece(token);
        }
        return TokenType.userDefined(spec, id) ? token.getBytes(StandardCharsets.UTF_8) : ByteAlphabet.decode(token);
    }

    private static byte[] sentencePiece(String token) {
        return token.replace(Family.SPACE, ' ').getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] singleByte(String token) {
        if (!SINGLE_BYTE.matcher(token).matches()) {
            throw new IllegalArgumentException("token \"" + token + "\" is of type byte and not spelled like <0x0A>");
        }
        return HexFormat.of().parseHex(token, 3, 5);
    }
}
