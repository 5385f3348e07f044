package io.millrace.openai;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The {@code id} of an answer. Clients write it into their logs, so it is a digest of the stream's handle, which is a
 * secret, and the same before and after a resumption.
 */
final class CompletionId {

    private static final int BYTES = 16;

    private CompletionId() {}

    static String of(Endpoint endpoint, String handle) {
        return endpoint.idPrefix() + digest(handle);
    }

    /** Of the answer's {@code index}-th tool call. */
    static String ofCall(String handle, int index) {
        return "call_" + digest(handle + ":" + index);
    }

    private static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
