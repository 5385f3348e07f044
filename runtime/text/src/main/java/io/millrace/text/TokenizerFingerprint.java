package io.millrace.text;

import io.millrace.api.TokenizerSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Tells tokenizers apart in one line: where two are the same, so are the meanings of all token ids. */
public final class TokenizerFingerprint {
    /** Of the hash: enough that no two tokenizers of the world share them by chance. */
    private static final int BYTES = 8;

    private TokenizerFingerprint() {}

    /**
     * Family, vocabulary size and a hash (SHA-256, cut) of all that decides how text becomes ids. Not of the chat template:
     * what it lays out is text, and the node that tokenizes uses its own.
     */
    public static String of(TokenizerSpec spec) {
        MessageDigest hash = sha256();
        add(hash, spec.model());
        add(hash, spec.preTokenizer());
        spec.tokens().forEach(token -> add(hash, token));
        spec.types().forEach(type -> add(hash, type));
        spec.merges().forEach(merge -> add(hash, merge));
        add(hash, spec.bosId());
        add(hash, spec.eosId());
        add(hash, spec.unknownId());
        add(hash, spec.addBos() ? 1 : 0);
        String hex = HexFormat.of().formatHex(hash.digest(), 0, BYTES);
        return spec.model() + "/" + spec.preTokenizer() + ", " + spec.tokens().size() + " tokens, " + hex;
    }

    /** Its length first, so that no two lists of texts run together to the same bytes. */
    private static void add(MessageDigest hash, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        add(hash, bytes.length);
        hash.update(bytes);
    }

    private static void add(MessageDigest hash, int number) {
        hash.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).flip());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
