package io.millrace.ort.paged;

import io.millrace.model.paged.GraphDialect;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.cuda.CudaDevice;
import io.millrace.ort.cuda.CudaOperators;
import io.millrace.ort.cuda.DeviceSum;
import io.millrace.ort.device.Device;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A GPU with Millrace's operators on it. */
final class CudaRankDevice implements RankDevice {
    private final CudaDevice device;
    private final Optional<DeviceSum> sum;
    private final CudaOperators operators;
    private boolean closed;

    /** Takes over the device and the sum. */
    CudaRankDevice(CudaDevice device, Set<Integer> timedTokens, Optional<DeviceSum> sum) {
        this.device = device;
        this.sum = sum;
        this.operators = new CudaOperators(device, timedTokens, sum);
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public GraphDialect dialect() {
        return GraphDialect.CUDA;
    }

    @Override
    public List<CustomOperator> operators() {
        return operators.operators();
    }

    @Override
    public void broadcast(MemorySegment memory) {
        sum.ifPresent(group -> group.broadcast(memory));
    }

    @Override
    public synchronized void abort() {
        if (!closed) {
            sum.ifPresent(DeviceSum::abort);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true; // abort writes to memory that is released now
        }
        operators.close();
        sum.ifPresent(DeviceSum::close);
        device.close();
    }
}
