package io.millrace.verticles.ingress;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keys from a file that holds only their hashes. A line is the SHA-256 of a key in hex, white space, and the name of
 * the tenant it belongs to; a tenant may have several keys. Empty lines and lines that begin with # are skipped.
 *
 * <p>A plain hash is enough for keys of 128 random bits or more, which nobody can try through; it is not for passwords.
 */
public final class HashedKeys implements ApiKeys {
    /** Every key is compared with every request's. */
    private static final int MAX_KEYS = 10_000;

    private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64})\\s+([A-Za-z0-9._-]{1,64})\\s*");

    private record Entry(byte[] hash, String tenant) {}

    private final List<Entry> entries;

    private HashedKeys(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /** @throws IllegalArgumentException naming the line that is wrong, and never its content: it may be a key */
    public static HashedKeys read(Path file) throws IOException {
        List<Entry> entries = new ArrayList<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                entries.add(new Entry(HexFormat.of().parseHex(matcher.group(1)), matcher.group(2)));
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                throw new IllegalArgumentException(
                        file + ", line " + (i + 1) + ": not the SHA-256 of a key in hex and a tenant's name");
            }
        }
        if (entries.isEmpty() || entries.size() > MAX_KEYS) {
            throw new IllegalArgumentException(
                    file + " has " + entries.size() + " keys; it must have 1 to " + MAX_KEYS);
        }
        return new HashedKeys(entries);
    }

    /** Takes the same time whether and wherever the key is found. */
    @Override
    public Optional<String> tenantOf(String key) {
        byte[] hash = sha256(key);
        Optional<String> tenant = Optional.empty();
        for (Entry entry : entries) {
            if (MessageDigest.isEqual(entry.hash(), hash)) {
                tenant = Optional.of(entry.tenant());
            }
        }
        return tenant;
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
