package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/**
 * Tasks of a kernel on the threads that compute the session, the caller's among them: others would compete with them, which spin
 * between operators. Used by one computation at a time. A thread of ONNX Runtime's becomes a daemon of the JVM by its first task.
 */
@SuppressWarnings("restricted") // Being called by C is what this class is for; the launcher allows it.
final class ParallelTasks {
    private static final FunctionDescriptor TASK =
            FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);

    /** Batches that ONNX Runtime is to make of the tasks: none, each is taken by the thread that is next free. */
    private static final long UNBATCHED = 0;

    private final MemorySegment callback;
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();
    private volatile IntConsumer task = number -> {};

    ParallelTasks() {
        try {
            MethodHandle run = MethodHandles.lookup().bind(this, "run", TASK.toMethodType());
            callback = Linker.nativeLinker().upcallStub(run, TASK, Arena.ofAuto());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /** @throws RuntimeException or Error that one of the tasks threw, when all have ended */
    void run(MemorySegment context, int count, IntConsumer newTask) {
        task = newTask;
        OrtApi.KERNEL_PARALLEL_FOR.call(context, callback, count, UNBATCHED, MemorySegment.NULL);
        Throwable failure = thrown.getAndSet(null);
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure != null) {
            throw (RuntimeException) failure;
        }
    }

    /** The callback: what left it would end the process. */
    void run(MemorySegment data, long number) {
        try {
            task.accept((int) number);
        } catch (Throwable e) {
            thrown.compareAndSet(null, e);
        }
    }
}
