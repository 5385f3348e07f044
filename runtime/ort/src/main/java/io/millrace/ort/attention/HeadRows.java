package io.millrace.ort.attention;

import java.lang.foreign.MemorySegment;

/**
 * Heads of tokens, float32 in native memory: head h of token t begins at element {@code first + t * stride + h * width}.
 * Queries, keys and values that lie packed are three of these over the same memory.
 *
 * @param first  element of the first token's first head
 * @param stride elements from one token to the next
 */
public record HeadRows(MemorySegment memory, int first, int stride) {

    /** Byte offset of a head. */
    long at(int token, int head, int width) {
        return (first + (long) token * stride + (long) head * width) * Float.BYTES;
    }
}
