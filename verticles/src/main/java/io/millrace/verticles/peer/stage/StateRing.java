package io.millrace.verticles.peer.stage;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * Puts pieces of hidden states together, step after step, in memory that is used again {@code steps} steps later. Owned by
 * one event loop; what it has put together is read by the stage that is given it.
 */
final class StateRing {
    private final ByteBuffer[] ring;
    private int next;
    private ByteBuffer filling = ByteBuffer.allocateDirect(0);

    StateRing(int steps) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalStateException(
                    "hidden states travel in little-endian order, and this machine's is another");
        }
        ring = new ByteBuffer[steps];
    }

    /** Direct, and no larger than the largest step so far. */
    void begin(int bytes) {
        if (ring[next] == null || ring[next].capacity() < bytes) {
            ring[next] = ByteBuffer.allocateDirect(bytes);
        }
        filling = ring[next].clear().limit(bytes).slice().order(ByteOrder.LITTLE_ENDIAN);
        next = (next + 1) % ring.length;
    }

    /**
     * @return all of them, with the last piece
     * @throws IllegalArgumentException where more come than the step has
     */
    Optional<ByteBuffer> add(ByteString piece) {
        if (piece.size() > filling.remaining()) {
            throw new IllegalArgumentException(
                    "hidden states of " + piece.size() + " bytes where " + filling.remaining() + " are due");
        }
        piece.copyTo(filling);
        return filling.hasRemaining() ? Optional.empty() : Optional.of(filling.flip());
    }
}
