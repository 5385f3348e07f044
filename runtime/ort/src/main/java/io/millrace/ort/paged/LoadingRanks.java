package io.millrace.ort.paged;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The devices of a stage's ranks while they load: they warm up together, and once one has failed no other waits for it. For
 * the threads of all.
 */
final class LoadingRanks {
    private final List<RankDevice> opened = new ArrayList<>();
    private Throwable reason;

    synchronized RankDevice opened(RankDevice device) {
        opened.add(device);
        if (reason != null) {
            device.abort();
        }
        return device;
    }

    synchronized void failed(Throwable cause) {
        if (reason == null) {
            reason = cause;
            opened.forEach(RankDevice::abort);
        }
    }

    /** What failed first: all that others then report is that they were left. */
    synchronized Optional<Throwable> reason() {
        return Optional.ofNullable(reason);
    }
}
