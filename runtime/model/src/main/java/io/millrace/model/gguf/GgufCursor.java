package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Reads forward through little-endian bytes and never past their end. */
final class GgufCursor {
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    /** Byte of the file at which {@code bytes} begins, for messages. */
    private final long origin;

    private long index;

    GgufCursor(MemorySegment bytes, long origin) {
        this.bytes = bytes;
        this.origin = origin;
    }

    /** Byte of the file that is read next. */
    long position() {
        return origin + index;
    }

    long u32(String field) throws GgufException {
        return Integer.toUnsignedLong(take(Integer.BYTES, field).get(INT, 0));
    }

    /** A 64-bit count or offset, refused beyond {@code max}; read as unsigned, so never negative. */
    long u64(String field, long max) throws GgufException {
        long at = position();
        long value = take(Long.BYTES, field).get(LONG, 0);
        if (Long.compareUnsigned(value, max) > 0) {
            throw GgufException.at(at, field, "is " + Long.toUnsignedString(value) + ", more than " + max);
        }
        return value;
    }

    /** The bytes of a length-prefixed string. */
    MemorySegment stringBytes(String field, long max) throws GgufException {
        return take(u64(field, max), field);
    }

    String string(String field, long max) throws GgufException {
        long at = position();
        MemorySegment text = stringBytes(field, max);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(text.asByteBuffer())
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw GgufException.at(at, field, "is not UTF-8");
        }
    }

    /** The next {@code count} bytes, which is at least 0. */
    MemorySegment take(long count, String field) throws GgufException {
        long left = bytes.byteSize() - index;
        if (count > left) {
            throw GgufException.at(position(), field, "needs " + count + " bytes, but " + left + " are left");
        }
        MemorySegment taken = bytes.asSlice(index, count);
        index += count;
        return taken;
    }

    /** The bytes read from {@code start}, a former {@link #position()}, up to here. */
    MemorySegment since(long start) {
        return bytes.asSlice(start - origin, position() - start);
    }
}
