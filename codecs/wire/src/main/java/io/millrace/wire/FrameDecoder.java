package io.millrace.wire;

import com.google.protobuf.Message;
import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Cuts a QUIC stream's bytes into frames: each is its length as a varint, then that many bytes of protobuf.
 *
 * <p>Holds at most one unfinished frame, in a buffer that grows with the bytes that came, not with the length they
 * announce. The first malformed frame is the last result: what follows it is dropped, because where the next frame
 * begins may no longer be known. One owner.
 */
public final class FrameDecoder<F extends Message> {

    /** Bytes a length of up to 35 bits takes; a frame is never longer than an int. */
    private static final int MAX_PREFIX_BYTES = 5;

    private final FrameType<F> type;
    private final int maxFrameBytes;

    private long length;
    private int prefixBytes;
    private boolean inBody;
    private byte[] partial = {};
    private int filled;
    private boolean broken;

    public FrameDecoder(FrameType<F> type, int maxFrameBytes) {
        this.type = type;
        this.maxFrameBytes = maxFrameBytes;
    }

    /** Hands every frame that these bytes complete to {@code out}, in order; keeps no reference to the array. */
    public void push(byte[] chunk, Consumer<Decoded<F>> out) {
        int at = 0;
        while (at < chunk.length && !broken) {
            at = inBody ? body(chunk, at, out) : prefix(chunk[at], at, out);
        }
    }

    /** The peer will send no more: what is wrong with that, where it stopped inside a frame. */
    public Optional<Rejection> end() {
        return !broken && (inBody || prefixBytes > 0)
                ? Optional.of(Rejection.of(ErrorCode.PROTOCOL_ERROR, "the stream ended inside a frame"))
                : Optional.empty();
    }

    /** Bytes of memory the unfinished frame takes. */
    int heldBytes() {
        return partial.length;
    }

    private int prefix(byte b, int at, Consumer<Decoded<F>> out) {
        length |= (long) (b & 0x7f) << (7 * prefixBytes++);
        if (length > maxFrameBytes) {
            fail(FrameType.tooLarge(length, maxFrameBytes), out);
        } else if (b == 0 && prefixBytes > 1 || b < 0 && prefixBytes == MAX_PREFIX_BYTES) {
            fail(Rejection.of(ErrorCode.PROTOCOL_ERROR, "a frame's length is not a shortest-form varint"), out);
        } else if (b >= 0 && length == 0) {
            deliver(type.parse(partial, 0, 0), out);
        } else {
            inBody = b >= 0;
        }
        return at + 1;
    }

    private int body(byte[] chunk, int at, Consumer<Decoded<F>> out) {
        int take = (int) Math.min(length - filled, chunk.length - at);
        if (take == length) {
            deliver(type.parse(chunk, at, take), out);
            return at + take;
        }
        if (partial.length < filled + take) {
            partial = Arrays.copyOf(partial, (int) Math.min(length, Math.max(2L * partial.length, filled + take)));
        }
        System.arraycopy(chunk, at, partial, filled, take);
        filled += take;
        if (filled == length) {
            deliver(type.parse(partial, 0, filled), out);
        }
        return at + take;
    }

    private void deliver(Decoded<F> decoded, Consumer<Decoded<F>> out) {
        inBody = false;
        length = 0;
        prefixBytes = 0;
        filled = 0;
        partial = new byte[0];
        broken = decoded instanceof Decoded.Malformed<F>;
        out.accept(decoded);
    }

    private void fail(Rejection rejection, Consumer<Decoded<F>> out) {
        deliver(type.malformed(rejection), out);
    }
}
