package io.millrace.verticles.peer.stage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Tells whether two machines have the same model file, in milliseconds whatever its size: SHA-256 over its length and samples
 * from all over it. Other weights show in nearly every sample; a single damaged byte may not.
 */
public final class ModelFingerprint {
    private static final int SAMPLES = 1024;
    private static final int SAMPLE_BYTES = 4096;
    private static final int SHOWN_BYTES = 16;

    private ModelFingerprint() {}

    /** @return the name itself where the model has no file, as random weights have none */
    public static String of(Path model) throws IOException {
        if (!Files.isRegularFile(model)) {
            return model.toString();
        }
        try (FileChannel file = FileChannel.open(model)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(file.size()).flip());
            ByteBuffer sample = ByteBuffer.allocate(SAMPLE_BYTES);
            for (int i = 0; i < SAMPLES; i++) {
                file.read(sample.clear(), file.size() / SAMPLES * i);
                digest.update(sample.flip());
            }
            return HexFormat.of().formatHex(digest.digest(), 0, SHOWN_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
