package io.millrace.ort.attention;

import java.lang.foreign.MemorySegment;

/**
 * The tensors of one layer's attention, float32 in native memory.
 *
 * @param query     of the step's tokens, before rotary embedding
 * @param key       of the step's tokens, before rotary embedding
 * @param value     of the step's tokens
 * @param keys      cache of the rotated keys, {@code [slots, kvHeads, capacity / 16, width, 16]}: blocks of 16 positions, in which
 *                  the positions lie side by side
 * @param values    cache {@code [slots, kvHeads, capacity, width]}
 * @param cosines   of rotary embedding, {@code [positions, width / 2]}: the first half of a head turns against the second
 * @param sines     the same
 * @param attended  the result: heads of the step's tokens
 */
public record AttentionTensors(
        HeadRows query,
        HeadRows key,
        HeadRows value,
        MemorySegment keys,
        MemorySegment values,
        MemorySegment cosines,
        MemorySegment sines,
        HeadRows attended) {}
