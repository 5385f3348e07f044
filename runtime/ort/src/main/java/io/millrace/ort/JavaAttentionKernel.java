package io.millrace.ort;

import io.millrace.ort.attention.AttentionShape;
import io.millrace.ort.attention.AttentionTensors;
import io.millrace.ort.attention.CachedAttention;
import io.millrace.ort.attention.HeadRows;
import io.millrace.ort.attention.TokenRun;
import io.millrace.ort.attention.Workspace;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.capi.KernelCall;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** Attention of one layer, spread over the session's threads by rows and by heads of keys. */
final class JavaAttentionKernel implements CustomOperator.Kernel {
    /** Inputs: with the first alone, it holds all three of a token side by side. */
    private static final int QUERY = 0;

    private static final int KEY = 1;
    private static final int VALUE = 2;
    private static final int LAST_POSITIONS = 3;
    private static final int COSINES = 4;
    private static final int SINES = 5;

    /** Tasks that a head of a chunk becomes, at most: later tokens see more, so that halves would not take the same time. */
    private static final int PARTS = 8;

    private final AttentionShape shape;
    private final CachedAttention attention;
    private final MemorySegment keys;
    private final MemorySegment values;
    private final IntSupplier firstSlot;
    private final Supplier<Workspace> workspace;

    /**
     * @param keys      of the layer, in all slots
     * @param firstSlot that the running call covers
     * @param workspace of the thread that asks
     */
    JavaAttentionKernel(
            AttentionShape shape,
            MemorySegment keys,
            MemorySegment values,
            IntSupplier firstSlot,
            Supplier<Workspace> workspace) {
        this.shape = shape;
        this.attention = new CachedAttention(shape);
        this.keys = keys;
        this.values = values;
        this.firstSlot = firstSlot;
        this.workspace = workspace;
    }

    @Override
    public void compute(KernelCall call) {
        long[] query = call.input(QUERY).shape();
        int tokens = (int) query[1];
        AttentionTensors tensors = tensors(call, query[0], tokens);
        TokenRun[] runs = runs(call, (int) query[0], tokens);
        int heads = shape.kvHeads();
        int all = runs.length * heads;
        if (tokens == 1) {
            call.inParallel(all, task -> {
                TokenRun run = runs[task / heads];
                attention.append(tensors, run, task % heads, workspace.get());
                attention.attend(tensors, run, task % heads, 0, 1, workspace.get());
            });
            return;
        }
        call.inParallel(all, task -> attention.append(tensors, runs[task / heads], task % heads, workspace.get()));
        int parts = Math.min(PARTS, tokens);
        call.inParallel(all * parts, task -> {
            // The last ones, which see most, first.
            int part = parts - 1 - task / all;
            int from = tokens * part / parts;
            int to = tokens * (part + 1) / parts;
            attention.attend(tensors, runs[task % all / heads], task % heads, from, to, workspace.get());
        });
    }

    private AttentionTensors tensors(KernelCall call, long rows, int tokens) {
        int queries = shape.heads() * shape.width();
        int pairs = shape.kvHeads() * shape.width();
        int packed = queries + 2 * pairs;
        MemorySegment first = call.input(QUERY).address();
        boolean apart = call.has(KEY);
        return new AttentionTensors(
                new HeadRows(first, 0, apart ? queries : packed),
                apart ? new HeadRows(call.input(KEY).address(), 0, pairs) : new HeadRows(first, queries, packed),
                apart
                        ? new HeadRows(call.input(VALUE).address(), 0, pairs)
                        : new HeadRows(first, queries + pairs, packed),
                keys,
                values,
                call.input(COSINES).address(),
                call.input(SINES).address(),
                new HeadRows(call.output(0, rows, tokens, queries), 0, queries));
    }

    /** One for each row. */
    private TokenRun[] runs(KernelCall call, int rows, int tokens) {
        MemorySegment last = call.input(LAST_POSITIONS).address();
        TokenRun[] runs = new TokenRun[rows];
        for (int i = 0; i < rows; i++) {
            int past = last.getAtIndex(ValueLayout.JAVA_INT, i) + 1 - tokens;
            runs[i] = new TokenRun(firstSlot.getAsInt() + i, i * tokens, tokens, past);
        }
        return runs;
    }
}
