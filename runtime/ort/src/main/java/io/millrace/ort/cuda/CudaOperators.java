package io.millrace.ort.cuda;

import io.millrace.model.onnx.ElementType;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.capi.CustomOperator.Port;
import io.millrace.ort.capi.KernelCall;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Millrace's operators for one device. All queue their work in the device's stream and return. Owned by the device's
 * thread, and to be closed after the sessions that use them.
 *
 * <ul>
 *   <li>{@code Linear}: x [T, K], w [N, K], optionally bias [N], to [T, N]
 *   <li>{@code LinearFp8}: x [T, K], w [N, K] of e4m3, float32 scales [N] of w's rows, optionally bias [N], to [T, N]
 *   <li>{@code LinearSiluMul}, {@code LinearFp8SiluMul}: the same with w [2F, K] and without bias, and then SiluMul, to
 *       [T, F]
 *   <li>{@code SiluMul}: [T, 2F] to [T, F], silu of the first half times the second
 *   <li>{@code PagedDecode}: attention of steps with one token of every sequence: qkv [B, (heads + 2 * kvHeads) * dim], the key and
 *       the value cache [blocks, blockTokens, kvHeads, dim], both written to, int32 past [B], int32 block table [B, width], cos and
 *       sin [positions, dim / 2], to [B, heads * dim]
 *   <li>{@code AllReduce}: any shape, summed over the ranks of a group
 * </ul>
 */
public final class CudaOperators implements AutoCloseable {
    private static final int DECODE_INPUTS = 7;
    private static final int SCALES = 2;
    private static final int BIAS_OF_HALF = 2;
    private static final int BIAS_OF_E4M3 = 3;

    private final CudaDevice device;
    private final Optional<DeviceSum> sum;
    private final LinearPlanner planner;
    private final LinearPlans plans;
    private final SiluMul siluMul;
    private final PagedDecode decode;
    private final ElementType activations;

    /**
     * @param timedTokens numbers of tokens for which the fastest product is searched, the first time each is run
     * @param sum         of a tensor-parallel model; not closed here
     */
    public CudaOperators(CudaDevice device, Set<Integer> timedTokens, Optional<DeviceSum> sum) {
        this.device = device;
        this.sum = sum;
        planner = new LinearPlanner(device);
        plans = new LinearPlans(device, planner, timedTokens);
        siluMul = new SiluMul(device);
        decode = new PagedDecode(device);
        activations = device.type() == ActivationType.FP16 ? ElementType.FLOAT16 : ElementType.BFLOAT16;
    }

    /** To be added to the settings of every session on the device. */
    public List<CustomOperator> operators() {
        Port x = Port.of(activations);
        List<Port> half = List.of(x, x);
        List<Port> halfWithBias = List.of(x, x, x.asOptional());
        Port e4m3 = Port.of(ElementType.FLOAT8E4M3FN);
        Port int32 = Port.of(ElementType.INT32);
        Port scales = Port.of(ElementType.FLOAT32);
        List<Port> fp8 = List.of(x, e4m3, scales);
        List<Port> fp8WithBias = List.of(x, e4m3, scales, x.asOptional());
        return List.of(
                operator(
                        "Linear", halfWithBias, call -> linear(call, WeightType.HALF, plainOrBias(call, BIAS_OF_HALF))),
                operator(
                        "LinearFp8",
                        fp8WithBias,
                        call -> linear(call, WeightType.E4M3, plainOrBias(call, BIAS_OF_E4M3))),
                operator("LinearSiluMul", half, call -> linear(call, WeightType.HALF, Epilogue.SILU_MUL)),
                operator("LinearFp8SiluMul", fp8, call -> linear(call, WeightType.E4M3, Epilogue.SILU_MUL)),
                operator("SiluMul", List.of(x), this::siluMul),
                operator("PagedDecode", List.of(x, x, x, int32, int32, x, x), this::decode),
                operator("AllReduce", List.of(x), this::allReduce));
    }

    private CustomOperator operator(String name, List<Port> inputs, CustomOperator.Kernel kernel) {
        return new CustomOperator(name, device.provider(), inputs, List.of(Port.of(activations)), attributes -> kernel);
    }

    private static Epilogue plainOrBias(KernelCall call, int input) {
        return call.has(input) ? Epilogue.BIAS : Epilogue.NONE;
    }

    private void linear(KernelCall call, WeightType weights, Epilogue epilogue) {
        KernelCall.Tensor x = call.input(0);
        KernelCall.Tensor w = call.input(1);
        if (x.shape()[0] == 0) {
            call.output(0, 0, epilogue == Epilogue.SILU_MUL ? w.shape()[0] / 2 : w.shape()[0]);
            return;
        }
        LinearShape shape = new LinearShape(
                Math.toIntExact(x.shape()[0]),
                Math.toIntExact(w.shape()[0]),
                Math.toIntExact(w.shape()[1]),
                weights,
                device.type(),
                epilogue);
        if (x.shape()[1] != shape.width()) {
            throw new IllegalArgumentException(
                    "rows of " + x.shape()[1] + " times a matrix with rows of " + shape.width());
        }
        MemorySegment scales = weights == WeightType.E4M3 ? call.input(SCALES).address() : MemorySegment.NULL;
        int biasInput = weights == WeightType.E4M3 ? BIAS_OF_E4M3 : BIAS_OF_HALF;
        MemorySegment bias = epilogue == Epilogue.BIAS ? call.input(biasInput).address() : MemorySegment.NULL;
        MemorySegment y = call.output(0, shape.tokens(), shape.columns());
        plans.run(shape, new LinearPlan.Operands(x.address(), w.address(), scales, bias, y));
    }

    private void siluMul(KernelCall call) {
        KernelCall.Tensor in = call.input(0);
        int tokens = Math.toIntExact(in.shape()[0]);
        int features = Math.toIntExact(in.shape()[1] / 2);
        siluMul.run(in.address(), call.output(0, tokens, features), tokens, features);
    }

    private void decode(KernelCall call) {
        List<KernelCall.Tensor> in =
                IntStream.range(0, DECODE_INPUTS).mapToObj(call::input).toList();
        long[] cache = in.get(1).shape();
        long[] table = in.get(4).shape();
        int kvHeads = Math.toIntExact(cache[2]);
        int headDim = Math.toIntExact(cache[3]);
        PagedDecode.Shape shape = new PagedDecode.Shape(
                Math.toIntExact(table[0]),
                Math.toIntExact(in.get(0).shape()[1] / headDim) - 2 * kvHeads,
                kvHeads,
                headDim,
                Math.toIntExact(cache[1]),
                Math.toIntExact(table[1]));
        if (in.get(0).shape()[0] != shape.batch()) {
            throw new IllegalArgumentException(
                    in.get(0).shape()[0] + " tokens of " + shape.batch() + " sequences in a step of decode rows");
        }
        MemorySegment out = call.output(0, shape.batch(), (long) shape.heads() * headDim);
        List<MemorySegment> at = in.stream().map(KernelCall.Tensor::address).toList();
        decode.run(
                new PagedDecode.Operands(
                        at.get(0), at.get(1), at.get(2), at.get(3), at.get(4), at.get(5), at.get(6), out),
                shape);
    }

    private void allReduce(KernelCall call) {
        KernelCall.Tensor in = call.input(0);
        long count = 1;
        for (long length : in.shape()) {
            count *= length;
        }
        MemorySegment out = call.output(0, in.shape());
        sum.orElseThrow(() -> new IllegalStateException("AllReduce on a device that is in no group"))
                .allReduce(in.address(), out, count);
    }

    @Override
    public void close() {
        decode.close();
        plans.close();
        planner.close();
    }
}
