package io.millrace.ort.paged;

import io.millrace.model.paged.GraphDialect;
import io.millrace.ort.HostStepKernels;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.HostDevice;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The machine's processors as the device of one rank. */
record HostRankDevice(Device device, HostSum sum, int rank) implements RankDevice {

    static HostRankDevice open(int vocabulary, int threads, HostSum sum, int rank) {
        return new HostRankDevice(new HostDevice(new HostStepKernels(vocabulary), threads), sum, rank);
    }

    @Override
    public GraphDialect dialect() {
        return GraphDialect.HOST;
    }

    @Override
    public List<CustomOperator> operators() {
        return List.of(HostPagedAttention.operator(), sum.operator(rank));
    }

    @Override
    public void broadcast(MemorySegment memory) {
        sum.broadcast(rank, memory);
    }

    @Override
    public void abort() {
        sum.abort();
    }

    @Override
    public void close() {
        device.close();
    }
}
