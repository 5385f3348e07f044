package io.millrace.ort.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A product as cuBLASLt sees it. To its column-major eyes {@code y [tokens, rows]} is a matrix of {@code rows} by
 * {@code tokens}, w is A, transposed, and x is B: the only order that FP8 has.
 *
 * <p>Numbers are those of cublasLt.h and library_types.h.
 */
final class LtProblem implements AutoCloseable {
    private static final int FLOAT32 = 0;
    private static final int BFLOAT16 = 14;
    private static final int E4M3 = 28;
    private static final int COMPUTE_FLOAT32 = 68;
    private static final int TRANSPOSE_A = 3;
    private static final int EPILOGUE = 7;
    private static final int ADD_BIAS = 4;
    private static final int BIAS_POINTER = 8;
    private static final int A_SCALES = 17;
    private static final int B_SCALES = 18;
    private static final int FAST_ACCUMULATION = 25;
    private static final int A_SCALE_MODE = 31;
    private static final int B_SCALE_MODE = 32;
    /** A scale for each row of A and each column of B; since cuBLAS 12.9, on compute capability 9.0. */
    private static final int OUTER_VECTOR = 3;

    private static final int MAX_WORKSPACE_BYTES = 1;
    /** Bytes of cublasLtMatmulHeuristicResult_t, which begins with the algorithm. */
    private static final long RESULT_BYTES = 96;

    private static final long STATE_OFFSET = 72;

    private final LtWorkspace workspace;
    private final CublasLt lt;
    private final boolean bias;
    private final boolean scaled;
    // Shared: what loads a model and what runs it are two threads, one after the other.
    private final Arena arena = Arena.ofShared();
    private final MemorySegment one = arena.allocateFrom(JAVA_FLOAT, 1);
    private final MemorySegment zero = arena.allocateFrom(JAVA_FLOAT, 0);
    private final MemorySegment descriptor;
    private final MemorySegment a;
    private final MemorySegment b;
    private final MemorySegment d;

    /** The ways to compute it, best guess first; empty where this library has none. */
    private final List<MemorySegment> algorithms;

    /**
     * @param shape  with no epilogue but bias
     * @param scaled FP8 alone: whether cuBLASLt applies the scales; otherwise y is unscaled bfloat16 without bias,
     *     which holds any product of e4m3
     * @param most   algorithms
     */
    LtProblem(LtWorkspace workspace, LinearShape shape, boolean scaled, int most) {
        this.workspace = workspace;
        this.lt = workspace.library;
        this.scaled = scaled;
        boolean e4m3 = shape.weights() == WeightType.E4M3;
        // What is not scaled yet cannot be added to.
        bias = shape.epilogue() == Epilogue.BIAS && (scaled || !e4m3);
        int in = e4m3 ? E4M3 : shape.type().cublasType;
        int out = e4m3 && !scaled ? BFLOAT16 : shape.type().cublasType;
        descriptor = lt.made(lt.descriptorCreate, COMPUTE_FLOAT32, FLOAT32);
        a = layout(in, shape.width(), shape.rows());
        b = layout(in, shape.width(), shape.tokens());
        d = layout(out, shape.rows(), shape.tokens());
        algorithms = describe(e4m3) ? findAlgorithms(most) : List.of();
    }

    private MemorySegment layout(int type, long rows, long columns) {
        return lt.made(lt.layoutCreate, type, rows, columns, rows);
    }

    /** @return false where the library knows nothing of such scales */
    private boolean describe(boolean e4m3) {
        boolean known = lt.set(descriptor, TRANSPOSE_A, 1);
        if (bias) {
            known &= lt.set(descriptor, EPILOGUE, ADD_BIAS);
            lt.set(descriptor, BIAS_POINTER, workspace.memory);
        }
        if (e4m3) {
            lt.set(descriptor, FAST_ACCUMULATION, (byte) 1);
        }
        if (scaled) {
            known &= lt.set(descriptor, A_SCALE_MODE, OUTER_VECTOR) && lt.set(descriptor, B_SCALE_MODE, OUTER_VECTOR);
            lt.set(descriptor, A_SCALES, workspace.memory);
            lt.set(descriptor, B_SCALES, workspace.memory);
        }
        return known;
    }

    private List<MemorySegment> findAlgorithms(int most) {
        MemorySegment preference = lt.made(lt.preferenceCreate);
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment bytes = scratch.allocateFrom(JAVA_LONG, LtWorkspace.BYTES);
            lt.call(lt.preferenceSet, preference, MAX_WORKSPACE_BYTES, bytes, JAVA_LONG.byteSize());
            MemorySegment results = arena.allocate(RESULT_BYTES * most, ADDRESS.byteAlignment());
            MemorySegment found = scratch.allocate(JAVA_INT);
            int status = lt.heuristic.call(workspace.handle, descriptor, a, b, d, d, preference, most, results, found);
            // Any status but 0 says that nothing supports it: 15, and 7 in some versions.
            int count = status == 0 ? found.get(JAVA_INT, 0) : 0;
            List<MemorySegment> usable = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                MemorySegment result = results.asSlice(i * RESULT_BYTES, RESULT_BYTES);
                if (result.get(JAVA_INT, STATE_OFFSET) == 0) {
                    usable.add(result);
                }
            }
            return List.copyOf(usable);
        } finally {
            lt.call(lt.preferenceDestroy, preference);
        }
    }

    List<MemorySegment> algorithms() {
        return algorithms;
    }

    /**
     * @param x          as the problem has it: e4m3 where the weights are
     * @param tokenScales of the rows of x, with the operands' scales used where cuBLASLt applies them
     */
    void run(
            MemorySegment algorithm,
            LinearPlan.Operands operands,
            MemorySegment x,
            MemorySegment tokenScales,
            MemorySegment stream) {
        if (bias) {
            lt.set(descriptor, BIAS_POINTER, operands.bias());
        }
        if (scaled) {
            lt.set(descriptor, A_SCALES, operands.scales());
            lt.set(descriptor, B_SCALES, tokenScales);
        }
        lt.call(
                lt.matmul,
                workspace.handle,
                descriptor,
                one,
                operands.w(),
                a,
                x,
                b,
                zero,
                operands.y(),
                d,
                operands.y(),
                d,
                algorithm,
                workspace.memory,
                LtWorkspace.BYTES,
                stream);
    }

    @Override
    public void close() {
        lt.call(lt.layoutDestroy, a);
        lt.call(lt.layoutDestroy, b);
        lt.call(lt.layoutDestroy, d);
        lt.call(lt.descriptorDestroy, descriptor);
        arena.close();
    }
}
