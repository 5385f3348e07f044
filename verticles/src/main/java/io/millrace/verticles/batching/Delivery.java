package io.millrace.verticles.batching;

import io.millrace.engine.SequenceEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The events of one step on their way out: one hop to each event loop, not one for each token. */
final class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

    private record Parcel(SequenceOwner owner, SequenceEvent event) {
        /** An owner that breaks costs the others of its bundle nothing. */
        void deliver() {
            try {
                owner.event(event);
            } catch (RuntimeException broken) {
                LOG.error("a stream could not take an event of its sequence {}", event.id(), broken);
            }
        }
    }

    private final Map<Thread, List<Parcel>> parcels = new LinkedHashMap<>();

    void add(SequenceOwner owner, SequenceEvent event) {
        parcels.computeIfAbsent(owner.loop().thread(), thread -> new ArrayList<>())
                .add(new Parcel(owner, event));
    }

    /** Sends everything; this object is spent afterwards. */
    void dispatch() {
        for (List<Parcel> bundle : parcels.values()) {
            bundle.getFirst().owner().loop().run(() -> bundle.forEach(Parcel::deliver));
        }
    }
}
