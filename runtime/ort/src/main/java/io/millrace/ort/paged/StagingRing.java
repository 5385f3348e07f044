package io.millrace.ort.paged;

import io.millrace.ort.device.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The staging memory of a rank's steps in flight, taken in turn. Owned by the rank's thread. */
final class StagingRing {
    private final List<StepStaging> all = new ArrayList<>();
    /** Begun and not awaited. */
    private final AtomicInteger out = new AtomicInteger();

    private int turn;

    StagingRing(Owned owned, Device device, RankModel model, long inputBytes) {
        for (int i = 0; i < model.limits().stepsInFlight(); i++) {
            all.add(StepStaging.allocate(owned, device, model, inputBytes));
        }
    }

    /** For the next step; the same until {@link #begun}. */
    StepStaging current() {
        return all.get(turn);
    }

    /**
     * Whether the device may still read or write {@link #current}: the scheduler plans anew as soon as a step has failed,
     * while later ones that went with it are out.
     */
    boolean busy() {
        return out.get() >= all.size();
    }

    void begun() {
        turn = (turn + 1) % all.size();
        out.incrementAndGet();
    }

    /** For any thread. */
    void awaited() {
        out.decrementAndGet();
    }
}
