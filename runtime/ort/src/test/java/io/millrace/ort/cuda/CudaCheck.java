package io.millrace.ort.cuda;

import io.millrace.api.SamplingParams;
import io.millrace.ort.device.DeviceException;
import io.millrace.ort.device.Fence;
import io.millrace.ort.device.SampleBatch;
import io.millrace.ort.device.SampleRow;
import io.millrace.ort.device.StepGraph;
import io.millrace.ort.device.StepKernels;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * What this package does on a real GPU against plain Java; for machines that have one, where JUnit may not be.
 *
 * <p>{@code java -cp target/classes:target/test-classes:... io.millrace.ort.cuda.CudaCheck} prints a line of PASS or FAIL
 * for each point and exits with the number of failures. With {@code peer} behind it only the sums over two ranks.
 */
final class CudaCheck {
    private static final int DEVICE = 0;
    private static final long TERABYTES = 1L << 44;
    private static final int CHECKED_ELEMENTS = 400;

    private final Random random = new Random(7);
    private int failures;

    public static void main(String[] args) {
        CudaCheck check = new CudaCheck();
        System.out.println(CudaSupport.diagnose(DEVICE));
        if (args.length == 0) {
            Stream.of(ActivationType.values()).forEach(check::run);
        }
        check.point("two ranks sum through each other's memory", PeerCheck::sumsAreRight);
        System.out.println(check.failures + " failures");
        System.exit(check.failures);
    }

    private void run(ActivationType type) {
        long start = System.nanoTime();
        try (CudaDevice device = CudaDevice.open(DEVICE, type)) {
            System.out.println(type + " on " + device.name() + " " + device.busId() + " " + device.memory());
            point("copies come back", () -> copiesComeBack(device));
            point("pending tokens are resolved", () -> pendingTokensAreResolved(device));
            point("tokens are sampled", () -> tokensAreSampled(device));
            point("out of memory is told and survived", () -> outOfMemoryIsSurvived(device));
            point("a lone position attends to itself", () -> lonePositionAttendsToItself(device));
            linear(device);
            point("a graph replays with new inputs", () -> graphReplays(device));
            point("a capture that fails leaves the stream usable", () -> failedCaptureIsSurvived(device));
            point("a sum over one rank", () -> sumOverOneRank(device));
            System.out.println("NVML " + Nvml.load().flatMap(nvml -> nvml.read(device.busId())));
            System.out.println("left " + device.memory());
        }
        System.out.printf("%s: %.1f s%n", type, (System.nanoTime() - start) / 1e9);
    }

    private void point(String name, BooleanSupplier check) {
        boolean passed = false;
        try {
            passed = check.getAsBoolean();
        } catch (RuntimeException e) {
            e.printStackTrace(System.out);
        }
        failures += passed ? 0 : 1;
        System.out.println((passed ? "PASS " : "FAIL ") + name);
    }

    private boolean copiesComeBack(CudaDevice device) {
        byte[] bytes = new byte[12_345];
        random.nextBytes(bytes);
        MemorySegment memory = upload(device, bytes);
        boolean same = Arrays.equals(bytes, download(device, memory, bytes.length));
        device.fill(memory, (byte) 3);
        boolean filled = download(device, memory, bytes.length)[777] == 3;
        device.release(memory);
        return same && filled;
    }

    private boolean pendingTokensAreResolved(CudaDevice device) {
        MemorySegment tokens = upload(device, ints(5, -1, 9, -1));
        MemorySegment slots = upload(device, ints(0, 2, 1, 0));
        MemorySegment last = upload(device, ints(70, 71, 72));
        device.kernel("elementwise.cu", "resolve")
                .launch(device.stream(), 1, 1, 256, tokens.address(), slots.address(), last.address(), 4);
        byte[] out = download(device, tokens, 16);
        List.of(tokens, slots, last).forEach(device::release);
        return Arrays.equals(out, ints(5, 72, 9, 70));
    }

    /** The arithmetic is checked by loadtest/gpu/kernels.py; here, that rows get there and results come back. */
    private boolean tokensAreSampled(CudaDevice device) {
        int vocabulary = 5000;
        SamplingParams topOne = new SamplingParams(0.7f, 1, 1, 0, 1, 0, 0, 9);
        SamplingParams punished = new SamplingParams(0, 0, 1, 0, 1, 100, 0, 0);
        List<SampleRow> rows = List.of(
                new SampleRow(SamplingParams.GREEDY, 3, 1, new int[0], 0, false),
                new SampleRow(topOne, 3, SampleRow.FILLER, new int[0], 0, false),
                new SampleRow(punished, 3, 0, new int[] {8, 4999}, 1, true));
        byte[] logits = halves(device.type(), rows.size() * vocabulary, 1);
        // The largest of the last row was there, the second largest is the pending token.
        set(device.type(), logits, 17, 42);
        set(device.type(), logits, vocabulary + 18, 42);
        set(device.type(), logits, 2 * vocabulary + 4999, 42);
        set(device.type(), logits, 2 * vocabulary + 70, 41);
        set(device.type(), logits, 2 * vocabulary + 19, 40);
        StepKernels kernels = device.kernels();
        MemorySegment staging = device.staging(kernels.encodedBytes(rows.size(), 2));
        kernels.encode(rows, staging);
        MemorySegment last = upload(device, ints(70, 70));
        MemorySegment ids = device.allocate(12);
        MemorySegment logProbs = device.allocate(12);
        MemorySegment onDevice = upload(device, logits);
        MemorySegment encoded = upload(device, staging.toArray(ValueLayout.JAVA_BYTE));
        kernels.sample(new SampleBatch(rows.size(), vocabulary, onDevice, encoded, last, ids, logProbs));
        boolean right = Arrays.equals(download(device, ids, 12), ints(17, 18, 19))
                && Arrays.equals(download(device, last, 8), ints(19, 17));
        MemorySegment probabilities = MemorySegment.ofArray(download(device, logProbs, 12));
        // Of 40 beside 42 and 41.
        float third = probabilities.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 8);
        right &= Math.abs(third + 2.4076) < 0.01;
        List.of(last, ids, logProbs, onDevice, encoded).forEach(device::release);
        device.releaseStaging(staging);
        return right;
    }

    private static void set(ActivationType type, byte[] logits, int index, float value) {
        short bits = type == ActivationType.FP16
                ? Float.floatToFloat16(value)
                : (short) (Float.floatToRawIntBits(value) >>> 16);
        logits[2 * index] = (byte) bits;
        logits[2 * index + 1] = (byte) (bits >>> 8);
    }

    /** The arithmetic is checked by loadtest/gpu/kernels.py; here, that operands get to their places. */
    private boolean lonePositionAttendsToItself(CudaDevice device) {
        PagedDecode.Shape shape = new PagedDecode.Shape(2, 4, 2, 64, 256, 3);
        int heads = 8;
        byte[] qkv = halves(device.type(), shape.batch() * heads * shape.headDim(), 1);
        int cacheBytes = 2 * 4 * shape.blockTokens() * shape.kvHeads() * shape.headDim();
        byte[] one = halves(device.type(), shape.headDim() / 2, 0);
        for (int i = 0; i < shape.headDim() / 2; i++) {
            set(device.type(), one, i, 1);
        }
        PagedDecode.Operands operands = new PagedDecode.Operands(
                upload(device, qkv),
                upload(device, new byte[cacheBytes]),
                upload(device, new byte[cacheBytes]),
                upload(device, ints(0, 0)),
                upload(device, ints(3, 0, 0, 1, 0, 0)),
                upload(device, one),
                upload(device, new byte[one.length]),
                device.allocate(2L * shape.batch() * shape.heads() * shape.headDim()));
        boolean right = true;
        try (PagedDecode decode = new PagedDecode(device)) {
            decode.run(operands, shape);
            byte[] out = download(device, operands.out(), 2 * shape.batch() * shape.heads() * shape.headDim());
            byte[] keys = download(device, operands.keys(), cacheBytes);
            int row = 2 * shape.headDim();
            for (int i = 0; i < shape.batch() * shape.heads(); i++) {
                int kvHead = i % shape.heads() / shape.group();
                int value = i / shape.heads() * heads + shape.heads() + shape.kvHeads() + kvHead;
                right &= Arrays.equals(out, i * row, (i + 1) * row, qkv, value * row, (value + 1) * row);
                int key = value - shape.kvHeads();
                int cached = (i < shape.heads() ? 3 : 1) * shape.blockTokens() * shape.kvHeads() + kvHead;
                right &= Arrays.equals(keys, cached * row, (cached + 1) * row, qkv, key * row, (key + 1) * row);
            }
        }
        List.of(operands.qkv(), operands.keys(), operands.values(), operands.past(), operands.table(), operands.cos())
                .forEach(device::release);
        List.of(operands.sin(), operands.out()).forEach(device::release);
        return right;
    }

    private boolean outOfMemoryIsSurvived(CudaDevice device) {
        try {
            device.allocate(TERABYTES);
            return false;
        } catch (DeviceException e) {
            System.out.println(e.getMessage());
            return e.kind() == DeviceException.Kind.OUT_OF_MEMORY && copiesComeBack(device);
        }
    }

    private void linear(CudaDevice device) {
        try (LinearPlanner planner = new LinearPlanner(device);
                LinearPlans plans = new LinearPlans(device, planner, Set.of(1, 8, 32, 64))) {
            for (WeightType weights : WeightType.values()) {
                for (int tokens : new int[] {1, 3, 8, 16, 17, 32, 33, 64, 1000}) {
                    int rows = tokens == 33 ? 1040 : 2048;
                    for (Epilogue epilogue : Epilogue.values()) {
                        LinearShape shape = new LinearShape(tokens, rows, 4096, weights, device.type(), epilogue);
                        point(shape.toString(), () -> productIsRight(device, plans, shape));
                    }
                }
            }
        }
    }

    private boolean productIsRight(CudaDevice device, LinearPlans plans, LinearShape shape) {
        ActivationType type = device.type();
        boolean e4m3 = shape.weights() == WeightType.E4M3;
        byte[] x = halves(type, shape.tokens() * shape.width(), 0.05f);
        byte[] w = e4m3 ? eighths(shape.rows() * shape.width()) : halves(type, shape.rows() * shape.width(), 1);
        byte[] bias = halves(type, shape.rows(), 1);
        float[] scales = new float[shape.rows()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 0.5f + random.nextFloat();
        }
        MemorySegment onDeviceScales =
                upload(device, MemorySegment.ofArray(scales).toArray(ValueLayout.JAVA_BYTE));
        MemorySegment y = device.allocate(2L * shape.tokens() * shape.columns());
        device.fill(y, (byte) 0xff);
        LinearPlan.Operands operands = new LinearPlan.Operands(
                upload(device, x),
                upload(device, w),
                e4m3 ? onDeviceScales : MemorySegment.NULL,
                bias(shape) ? upload(device, bias) : MemorySegment.NULL,
                y);
        plans.run(shape, operands);
        float time = device.time(() -> plans.run(shape, operands));
        byte[] out = download(device, y, 2 * shape.tokens() * shape.columns());
        double error = 0;
        double norm = 0;
        for (int i = 0; i < CHECKED_ELEMENTS; i++) {
            int token = random.nextInt(shape.tokens());
            int column = random.nextInt(shape.columns());
            double sum = dot(shape, x, w, scales, token, column) + (bias(shape) ? half(type, bias, column) : 0);
            if (shape.epilogue() == Epilogue.SILU_MUL) {
                sum = sum / (1 + Math.exp(-sum)) * dot(shape, x, w, scales, token, shape.columns() + column);
            }
            double difference = half(type, out, token * shape.columns() + column) - sum;
            error += difference * difference;
            norm += sum * sum;
        }
        for (MemorySegment memory : List.of(operands.x(), operands.w(), operands.bias(), onDeviceScales, y)) {
            device.release(memory);
        }
        double relative = Math.sqrt(error / norm);
        System.out.printf("  error %.1e, %.3f ms warm, timed: %s%n", relative, time, plans.timedName(shape));
        // FP8 through cuBLASLt rounds x to 3 bits of mantissa, too.
        return relative < (e4m3 ? 0.06 : type == ActivationType.BF16 ? 4e-3 : 6e-4);
    }

    private static boolean bias(LinearShape shape) {
        return shape.epilogue() == Epilogue.BIAS;
    }

    private static double dot(LinearShape shape, byte[] x, byte[] w, float[] scales, int token, int row) {
        double sum = 0;
        boolean e4m3 = shape.weights() == WeightType.E4M3;
        for (int k = 0; k < shape.width(); k++) {
            int at = row * shape.width() + k;
            sum += half(shape.type(), x, token * shape.width() + k)
                    * (e4m3 ? eighth(w[at]) : half(shape.type(), w, at));
        }
        return sum * (e4m3 ? scales[row] : 1);
    }

    private boolean graphReplays(CudaDevice device) {
        MemorySegment from = device.staging(4);
        MemorySegment to = device.staging(4);
        MemorySegment memory = device.allocate(4);
        MemorySegment slots = upload(device, ints(0));
        MemorySegment last = upload(device, ints(42));
        Kernel resolve = device.kernel("elementwise.cu", "resolve");
        Optional<StepGraph> graph = device.capture(() -> {
            device.copyIn(memory, from);
            resolve.launch(device.stream(), 1, 1, 256, memory.address(), slots.address(), last.address(), 1);
            device.copyOut(to, memory);
        });
        boolean right = true;
        for (int token : new int[] {17, -1, 5}) {
            from.set(ValueLayout.JAVA_INT, 0, token);
            graph.orElseThrow().launch();
            await(device);
            right &= to.get(ValueLayout.JAVA_INT, 0) == (token == -1 ? 42 : token);
        }
        graph.orElseThrow().close();
        List.of(memory, slots, last).forEach(device::release);
        List.of(from, to).forEach(device::releaseStaging);
        return right;
    }

    private boolean failedCaptureIsSurvived(CudaDevice device) {
        try {
            device.capture(() -> {
                throw new IllegalStateException("planned");
            });
            return false;
        } catch (IllegalStateException e) {
            return copiesComeBack(device);
        }
    }

    private boolean sumOverOneRank(CudaDevice device) {
        Optional<Nccl> nccl = Nccl.load();
        if (nccl.isEmpty()) {
            System.out.println("NCCL is not installed");
            return false;
        }
        byte[] values = halves(device.type(), 1000, 1);
        MemorySegment memory = upload(device, values);
        MemorySegment sum = device.allocate(values.length);
        try (DeviceSum group = nccl.get().join(device, nccl.get().newId(), 0, 1)) {
            group.allReduce(memory, sum, 1000);
            boolean same = Arrays.equals(values, download(device, sum, values.length));
            group.check();
            device.release(memory);
            device.release(sum);
            return same;
        }
    }

    private static MemorySegment upload(CudaDevice device, byte[] bytes) {
        MemorySegment staging = device.staging(bytes.length);
        MemorySegment memory = device.allocate(bytes.length);
        MemorySegment.copy(bytes, 0, staging, ValueLayout.JAVA_BYTE, 0, bytes.length);
        device.copyIn(memory, staging);
        await(device);
        device.releaseStaging(staging);
        return memory;
    }

    private static byte[] download(CudaDevice device, MemorySegment memory, int bytes) {
        MemorySegment staging = device.staging(bytes);
        device.copyOut(staging, memory.asSlice(0, bytes));
        await(device);
        byte[] out = staging.toArray(ValueLayout.JAVA_BYTE);
        device.releaseStaging(staging);
        return out;
    }

    private static void await(CudaDevice device) {
        try (Fence fence = device.fence()) {
            fence.await();
        }
    }

    private static byte[] ints(int... values) {
        return MemorySegment.ofArray(values).toArray(ValueLayout.JAVA_BYTE);
    }

    private byte[] halves(ActivationType type, int count, float spread) {
        short[] values = new short[count];
        for (int i = 0; i < count; i++) {
            float value = (float) random.nextGaussian() * spread;
            values[i] = type == ActivationType.FP16
                    ? Float.floatToFloat16(value)
                    : (short) (Float.floatToRawIntBits(value) >>> 16);
        }
        return MemorySegment.ofArray(values).toArray(ValueLayout.JAVA_BYTE);
    }

    private static float half(ActivationType type, byte[] values, int index) {
        short bits = (short) (values[2 * index] & 0xff | values[2 * index + 1] << 8);
        return type == ActivationType.FP16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
    }

    /** e4m3 between -15 and 15. */
    private byte[] eighths(int count) {
        byte[] values = new byte[count];
        random.nextBytes(values);
        for (int i = 0; i < count; i++) {
            values[i] &= (byte) 0xd7;
        }
        return values;
    }

    private static float eighth(byte bits) {
        int exponent = bits >> 3 & 15;
        int mantissa = bits & 7;
        float size = exponent == 0 ? mantissa * 0x1p-9f : (8 + mantissa) * (float) Math.scalb(1.0, exponent - 10);
        return bits < 0 ? -size : size;
    }
}
