package io.millrace.engine;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;

/**
 * Names what a whole block of the KV cache holds: SHA-256 over the block's tokens and the key of the block before it, the
 * first over the salt. So equal keys mean equal tokens from the first position on, and one salt; nobody can make two
 * different texts meet.
 */
record BlockKey(long a, long b, long c, long d) implements Comparable<BlockKey> {
    private static final Comparator<BlockKey> ORDER = Comparator.comparingLong(BlockKey::a)
            .thenComparingLong(BlockKey::b)
            .thenComparingLong(BlockKey::c)
            .thenComparingLong(BlockKey::d);

    /** Of the block before the first. */
    static BlockKey ofSalt(String salt) {
        return digest(salt.getBytes(StandardCharsets.UTF_8));
    }

    /** Of the block after this one, which holds {@code count} tokens from {@code from} on. */
    BlockKey next(int[] tokens, int from, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * Long.BYTES + count * Integer.BYTES);
        bytes.putLong(a).putLong(b).putLong(c).putLong(d);
        for (int i = from; i < from + count; i++) {
            bytes.putInt(tokens[i]);
        }
        return digest(bytes.array());
    }

    /** An order that means nothing, and is always the same. */
    @Override
    public int compareTo(BlockKey other) {
        return ORDER.compare(this, other);
    }

    private static BlockKey digest(byte[] bytes) {
        try {
            ByteBuffer digest =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
            return new BlockKey(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
