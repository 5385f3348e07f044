package io.millrace.verticles.app.probe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Logits of a model at every position of a text, in a file that is gone with the process: they take a few hundred
 * megabytes, and two models at once would disturb each other's measurement.
 */
final class ReferenceLogits implements AutoCloseable {
    private final FileChannel file;
    private final ByteBuffer row;

    ReferenceLogits(int vocabulary) throws IOException {
        Path path = Files.createTempFile("millrace-logits", ".f32");
        file = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        row = ByteBuffer.allocateDirect(Math.multiplyExact(vocabulary, Float.BYTES))
                .order(ByteOrder.nativeOrder());
    }

    void put(int position, FloatBuffer logits) {
        row.clear();
        row.asFloatBuffer().put(logits.duplicate());
        try {
            for (long at = (long) position * row.capacity(); row.hasRemaining(); ) {
                at += file.write(row, at);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the reference's logits cannot be kept: " + e.getMessage(), e);
        }
    }

    /** Valid until the next call. */
    FloatBuffer get(int position) {
        row.clear();
        try {
            for (long at = (long) position * row.capacity(); row.hasRemaining(); ) {
                int read = file.read(row, at);
                if (read < 0) {
                    throw new IllegalArgumentException("position " + position + " was never put");
                }
                at += read;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the reference's logits cannot be read: " + e.getMessage(), e);
        }
        return row.flip().asFloatBuffer();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
