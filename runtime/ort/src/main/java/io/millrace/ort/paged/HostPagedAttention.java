package io.millrace.ort.paged;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.millrace.model.onnx.ElementType;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.capi.CustomOperator.Port;
import io.millrace.ort.capi.KernelAttributes;
import io.millrace.ort.capi.KernelCall;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * {@code com.microsoft.PagedAttention} in plain Java, float32: the same inputs, cache layout and attributes. It stands
 * where the CPU provider has no such operator, so that what feeds it is proven without a GPU.
 *
 * <p>Queries, keys and values lie packed {@code [T, (heads + 2 kv heads) * width]}; rotary embedding turns the first half
 * of each head against the second. Keys and values are written to the cache before they are read.
 */
final class HostPagedAttention implements CustomOperator.Kernel {
    private static final int QKV = 0;
    private static final int KEYS = 3;
    private static final int VALUES = 4;
    private static final int CUMULATIVE = 5;
    private static final int PAST = 6;
    private static final int BLOCK_TABLE = 7;
    private static final int COS = 8;
    private static final int SIN = 9;
    private static final int META = 16;

    private final int heads;
    private final int kvHeads;

    private HostPagedAttention(KernelAttributes attributes) {
        heads = Math.toIntExact(attributes.integer("num_heads"));
        kvHeads = Math.toIntExact(attributes.integer("kv_num_heads"));
    }

    static CustomOperator operator() {
        Port floats = Port.of(ElementType.FLOAT32);
        Port ints = Port.of(ElementType.INT32);
        Port none = floats.asOptional();
        return new CustomOperator(
                "PagedAttention",
                "CPUExecutionProvider",
                List.of(
                        floats,
                        none,
                        none,
                        floats,
                        floats,
                        ints,
                        ints,
                        ints,
                        floats,
                        floats,
                        none,
                        none,
                        none,
                        none,
                        none,
                        none,
                        ints.inCpuMemory()),
                List.of(floats),
                HostPagedAttention::new);
    }

    @Override
    public void compute(KernelCall call) {
        Call c = new Call(call, heads, kvHeads);
        float[] key = new float[c.width];
        for (int sequence = 0; sequence < c.sequences; sequence++) {
            int first = c.cumulative.getAtIndex(JAVA_INT, sequence);
            int end = c.cumulative.getAtIndex(JAVA_INT, sequence + 1L);
            int past = c.past.getAtIndex(JAVA_INT, sequence);
            for (int token = first; token < end; token++) {
                c.append(sequence, token, past + token - first, key);
            }
            for (int token = first; token < end; token++) {
                for (int head = 0; head < heads; head++) {
                    c.attend(sequence, token, past + token - first, head);
                }
            }
        }
    }

    /** The tensors of one computation. */
    private static final class Call {
        private final int heads;
        private final int kvHeads;
        private final int width;
        private final int sequences;
        private final int blockTokens;
        private final int mostBlocks;
        private final MemorySegment qkv;
        private final MemorySegment keys;
        private final MemorySegment values;
        private final MemorySegment cumulative;
        private final MemorySegment past;
        private final MemorySegment table;
        private final MemorySegment cos;
        private final MemorySegment sin;
        private final MemorySegment out;
        private final float[] query;
        private final float[] scores;
        private final float[] sum;

        Call(KernelCall call, int heads, int kvHeads) {
            this.heads = heads;
            this.kvHeads = kvHeads;
            long[] cache = call.input(KEYS).shape();
            blockTokens = Math.toIntExact(cache[1]);
            width = Math.toIntExact(cache[3]);
            sequences = Math.toIntExact(call.input(PAST).shape()[0]);
            mostBlocks = Math.toIntExact(call.input(BLOCK_TABLE).shape()[1]);
            qkv = call.input(QKV).address();
            keys = call.input(KEYS).address();
            values = call.input(VALUES).address();
            cumulative = call.input(CUMULATIVE).address();
            past = call.input(PAST).address();
            table = call.input(BLOCK_TABLE).address();
            cos = call.input(COS).address();
            sin = call.input(SIN).address();
            out = call.output(0, call.input(QKV).shape()[0], (long) heads * width);
            query = new float[width];
            scores = new float[call.input(META).address().getAtIndex(JAVA_INT, 1)];
            sum = new float[width];
        }

        void append(int sequence, int token, int position, float[] key) {
            for (int head = 0; head < kvHeads; head++) {
                long to = cached(sequence, position, head);
                rotated(token, heads + head, position, key);
                MemorySegment.copy(key, 0, keys, JAVA_FLOAT, to, width);
                long from = packed(token, heads + kvHeads + head);
                MemorySegment.copy(qkv, from, values, to, (long) width * Float.BYTES);
            }
        }

        void attend(int sequence, int token, int position, int head) {
            rotated(token, head, position, query);
            int kvHead = head / (heads / kvHeads);
            float max = Float.NEGATIVE_INFINITY;
            for (int i = 0; i <= position; i++) {
                long at = cached(sequence, i, kvHead);
                float dot = 0;
                for (int j = 0; j < width; j++) {
                    dot += query[j] * keys.get(JAVA_FLOAT, at + (long) j * Float.BYTES);
                }
                scores[i] = dot / (float) Math.sqrt(width);
                max = Math.max(max, scores[i]);
            }
            Arrays.fill(sum, 0);
            float total = 0;
            for (int i = 0; i <= position; i++) {
                long at = cached(sequence, i, kvHead);
                float weight = (float) Math.exp(scores[i] - max);
                total += weight;
                for (int j = 0; j < width; j++) {
                    sum[j] += weight * values.get(JAVA_FLOAT, at + (long) j * Float.BYTES);
                }
            }
            long to = ((long) token * heads + head) * width;
            for (int j = 0; j < width; j++) {
                out.setAtIndex(JAVA_FLOAT, to + j, sum[j] / total);
            }
        }

        private void rotated(int token, int head, int position, float[] into) {
            MemorySegment.copy(qkv, JAVA_FLOAT, packed(token, head), into, 0, width);
            int half = width / 2;
            for (int i = 0; i < half; i++) {
                float c = cos.getAtIndex(JAVA_FLOAT, (long) position * half + i);
                float s = sin.getAtIndex(JAVA_FLOAT, (long) position * half + i);
                float x = into[i];
                float y = into[i + half];
                into[i] = x * c - y * s;
                into[i + half] = y * c + x * s;
            }
        }

        /** Byte offset of a head in the packed rows. */
        private long packed(int token, int head) {
            return ((long) token * (heads + 2 * kvHeads) + head) * width * Float.BYTES;
        }

        /** Byte offset of a position's head in the cache. */
        private long cached(int sequence, int position, int head) {
            long block = table.getAtIndex(JAVA_INT, (long) sequence * mostBlocks + position / blockTokens);
            return ((block * blockTokens + position % blockTokens) * kvHeads + head) * width * Float.BYTES;
        }
    }
}
