package io.millrace.ort;

import io.millrace.engine.StageOutput;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import java.util.List;

/** A session with buffers of its own, so that it may compute beside others. One thread at a time. */
final class Lane implements AutoCloseable {
    private final ShardSession session;
    private final RowPositions positions;
    private final StageEntry entry;
    private final StageExit.Lane exit;

    Lane(ShardSession session, RowPositions positions, StageEntry entry, StageExit.Lane exit) {
        this.session = session;
        this.positions = positions;
        this.entry = entry;
        this.exit = exit;
    }

    /** Computes {@code calls} one after the other. */
    void compute(StepPlan plan, List<StepLayout.Call> calls, StageOutput input) throws StepException {
        for (StepLayout.Call call : calls) {
            ShardSession.Run run = session.over(new KvCache.SlotRange(call.firstSlot(), call.rows()));
            positions.feed(run, plan, call);
            entry.feed(run, plan, call, input);
            exit.bind(run, plan, call);
            run.compute();
            exit.collect(plan, call);
        }
    }

    @Override
    public void close() {
        session.close();
    }
}
