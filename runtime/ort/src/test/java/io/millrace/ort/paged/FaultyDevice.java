package io.millrace.ort.paged;

import io.millrace.ort.capi.OrtMemory;
import io.millrace.ort.capi.SessionSettings;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.Fence;
import io.millrace.ort.device.MemoryUse;
import io.millrace.ort.device.SampleBatch;
import io.millrace.ort.device.StepGraph;
import io.millrace.ort.device.StepKernels;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A device that fails as it is told to, and counts what it gives out. */
record FaultyDevice(Device host, Faults faults, MemoryUse memory) implements Device {

    @Override
    public String name() {
        return "faulty:0";
    }

    @Override
    public String provider() {
        return host.provider();
    }

    @Override
    public MemorySegment allocate(long bytes) {
        faults.on(Faults.Place.ALLOCATE);
        MemorySegment memory = host.allocate(bytes);
        faults.gave();
        return memory;
    }

    @Override
    public void release(MemorySegment memory) {
        host.release(memory);
        faults.tookBack();
        faults.check();
    }

    @Override
    public MemorySegment staging(long bytes) {
        return allocate(bytes);
    }

    @Override
    public void releaseStaging(MemorySegment memory) {
        release(memory);
    }

    @Override
    public void copyIn(MemorySegment device, MemorySegment from) {
        faults.on(Faults.Place.COPY_IN);
        host.copyIn(device, from);
    }

    @Override
    public void copyOut(MemorySegment to, MemorySegment device) {
        faults.on(Faults.Place.COPY_OUT);
        host.copyOut(to, device);
    }

    @Override
    public void fill(MemorySegment device, byte value) {
        faults.check();
        host.fill(device, value);
    }

    @Override
    public Fence fence() {
        faults.on(Faults.Place.FENCE);
        faults.gave();
        return new Fence() {
            @Override
            public void await() {
                faults.on(Faults.Place.AWAIT);
            }

            @Override
            public void close() {
                faults.tookBack();
            }
        };
    }

    @Override
    public MemorySegment stream() {
        return host.stream();
    }

    @Override
    public void configure(SessionSettings settings) {
        host.configure(settings);
    }

    @Override
    public OrtMemory memoryInfo() {
        return host.memoryInfo();
    }

    @Override
    public Optional<StepGraph> capture(Runnable work) {
        return host.capture(work);
    }

    @Override
    public StepKernels kernels() {
        StepKernels kernels = host.kernels();
        return new StepKernels() {
            @Override
            public void resolve(MemorySegment tokens, MemorySegment slots, MemorySegment lastSampled, int count) {
                faults.on(Faults.Place.RESOLVE);
                kernels.resolve(tokens, slots, lastSampled, count);
            }

            @Override
            public void sample(SampleBatch batch) {
                faults.on(Faults.Place.SAMPLE);
                kernels.sample(batch);
            }
        };
    }

    @Override
    public void close() {
        host.close();
        faults.check();
    }
}
