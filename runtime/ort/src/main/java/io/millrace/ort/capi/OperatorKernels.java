package io.millrace.ort.capi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * The kernels of an operator's nodes, by the number that ONNX Runtime knows each by. Its callbacks return an OrtStatus
 * whatever happens: an exception that left one would end the process.
 */
final class OperatorKernels {
    private final CustomOperator operator;
    private final Thrown thrown;
    private final Map<Long, Entry> kernels = new HashMap<>();
    private long last;

    private record Entry(CustomOperator.Kernel kernel, KernelContext context) {}

    OperatorKernels(CustomOperator operator, Thrown thrown) {
        this.operator = operator;
        this.thrown = thrown;
    }

    /** OrtCustomOp's CreateKernelV2. */
    @SuppressWarnings("restricted") // C's pointers have no size.
    MemorySegment create(MemorySegment op, MemorySegment api, MemorySegment info, MemorySegment out) {
        try {
            CustomOperator.Kernel kernel = operator.factory().kernel(new NodeAttributes(info));
            long number = add(new Entry(kernel, new KernelContext(operator)));
            out.reinterpret(ValueLayout.ADDRESS.byteSize())
                    .set(ValueLayout.ADDRESS, 0, MemorySegment.ofAddress(number));
            return MemorySegment.NULL;
        } catch (Throwable e) {
            return thrown.keep(e);
        }
    }

    /** OrtCustomOp's KernelComputeV2. */
    MemorySegment compute(MemorySegment number, MemorySegment context) {
        try {
            Entry entry = get(number.address());
            entry.kernel.compute(entry.context.at(context));
            return MemorySegment.NULL;
        } catch (Throwable e) {
            return thrown.keep(e);
        }
    }

    /** OrtCustomOp's KernelDestroy. */
    synchronized void destroy(MemorySegment number) {
        if (kernels.remove(number.address()) != null) {
            HandleCount.released(HandleCount.Kind.OPERATOR_KERNEL);
        }
    }

    private synchronized long add(Entry entry) {
        kernels.put(++last, entry);
        HandleCount.made(HandleCount.Kind.OPERATOR_KERNEL);
        return last;
    }

    private synchronized Entry get(long number) {
        return kernels.get(number);
    }
}
