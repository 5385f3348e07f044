package io.millrace.ort.paged;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.millrace.model.onnx.ElementType;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.capi.CustomOperator.Port;
import io.millrace.ort.capi.KernelCall;
import io.millrace.ort.device.Meeting;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The sum over ranks that are threads of this process, in the order of the ranks, so that all get the same bits. Shared by
 * the ranks; a rank that does not come, or {@link #abort}, ends the sum of all.
 */
final class HostSum {
    private final Meeting meeting;
    private final MemorySegment[] parts;
    private final long patienceSeconds;

    /** @param patienceSeconds for which a rank waits for the others */
    HostSum(int ranks, long patienceSeconds) {
        this.meeting = new Meeting(ranks);
        this.parts = new MemorySegment[ranks];
        this.patienceSeconds = patienceSeconds;
    }

    /** {@code AllReduce} of one rank. */
    CustomOperator operator(int rank) {
        Port floats = Port.of(ElementType.FLOAT32);
        return new CustomOperator(
                "AllReduce",
                "CPUExecutionProvider",
                List.of(floats),
                List.of(floats),
                attributes -> call -> reduce(rank, call));
    }

    private void reduce(int rank, KernelCall call) {
        KernelCall.Tensor in = call.input(0);
        MemorySegment out = call.output(0, in.shape());
        parts[rank] = in.address();
        meeting.await(patienceSeconds);
        long count = 1;
        for (long length : in.shape()) {
            count *= length;
        }
        for (long i = 0; i < count; i++) {
            float sum = 0;
            for (MemorySegment part : parts) {
                sum += part.getAtIndex(JAVA_FLOAT, i);
            }
            out.setAtIndex(JAVA_FLOAT, i, sum);
        }
        meeting.await(patienceSeconds); // nobody's input is given away before all have read it
    }

    /** Gives every rank what the first one's {@code memory} has. */
    void broadcast(int rank, MemorySegment memory) {
        parts[rank] = memory;
        meeting.await(patienceSeconds);
        if (rank > 0) {
            MemorySegment.copy(parts[0], 0, memory, 0, memory.byteSize());
        }
        meeting.await(patienceSeconds);
    }

    /** Ends the sums of all ranks, now and from now on. For any thread. */
    void abort() {
        meeting.abort();
    }
}
