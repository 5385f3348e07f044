package io.millrace.ort.cuda;

import io.millrace.ort.device.Meeting;
import java.util.Arrays;
import java.util.List;

/** Where ranks that are threads of one JVM tell each other about their devices. For all of their threads. */
public final class PeerRendezvous {
    private static final long PATIENCE_SECONDS = 60;

    /** Ranks that read their weights from one disk may end far apart. */
    private static final long LOAD_PATIENCE_SECONDS = 1800;

    private final Object[] told;
    private final Meeting meeting;

    public PeerRendezvous(int ranks) {
        told = new Object[ranks];
        meeting = new Meeting(ranks);
    }

    int ranks() {
        return told.length;
    }

    /**
     * Waits for all ranks.
     *
     * @return what each has told, by rank
     * @throws IllegalStateException where one does not come
     */
    public List<Object> meet(int rank, Object value) {
        told[rank] = value;
        meeting.await(PATIENCE_SECONDS);
        List<Object> all = List.copyOf(Arrays.asList(told));
        // Nobody tells the next thing before all have read this one.
        meeting.await(PATIENCE_SECONDS);
        return all;
    }

    /** Waits for all ranks to have loaded. */
    public void meetLoaded() {
        meeting.await(LOAD_PATIENCE_SECONDS);
    }

    /** Ends all waits, now and from now on. For any thread. */
    public void abort() {
        meeting.abort();
    }
}
