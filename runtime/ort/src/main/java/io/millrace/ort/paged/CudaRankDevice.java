package io.millrace.ort.paged;

import io.millrace.model.paged.GraphDialect;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.cuda.CudaDevice;
import io.millrace.ort.cuda.CudaOperators;
import io.millrace.ort.cuda.PausableSum;
import io.millrace.ort.device.Device;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A GPU with Millrace's operators on it. */
final class CudaRankDevice implements RankDevice {
    private final CudaDevice device;
    private final Optional<Group> group;
    private final CudaOperators operators;
    private boolean closed;

    /** Its place among the ranks that share every layer. */
    private record Group(CudaMeeting meeting, PausableSum sum) {}

    private CudaRankDevice(CudaDevice device, Set<Integer> timedTokens, Optional<Group> group) {
        this.device = device;
        this.group = group;
        this.operators = new CudaOperators(device, timedTokens, group.map(Group::sum));
    }

    /** Takes over the device. Returns when all that meet have joined. */
    static CudaRankDevice join(CudaDevice device, Set<Integer> timedTokens, CudaMeeting meeting, int rank) {
        Optional<Group> group =
                meeting.ranks() == 1 ? Optional.empty() : Optional.of(new Group(meeting, meeting.join(device, rank)));
        return new CudaRankDevice(device, timedTokens, group);
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
        group.ifPresent(g -> g.sum().broadcast(memory));
    }

    @Override
    public void rehearse(Runnable work) {
        group.ifPresentOrElse(g -> g.sum().pausedDuring(work), work);
    }

    @Override
    public void meetLoaded() {
        group.ifPresent(g -> g.meeting().meetLoaded());
    }

    @Override
    public synchronized void abort() {
        group.ifPresent(g -> g.meeting().abort());
        if (!closed) {
            group.ifPresent(g -> g.sum().abort());
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true; // abort writes to memory that is released now
        }
        operators.close();
        group.ifPresent(g -> g.sum().close());
        device.close();
    }
}
