package io.millrace.verticles.stream;

import io.millrace.api.Limits;
import io.millrace.verticles.batching.EventLoop;
import io.vertx.core.Vertx;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * All streams of a node by handle, on whatever loop they live. The one structure here that several threads share: a
 * stream may be resumed from any of them. Nobody waits in it, and sessions themselves are touched on their own loops only.
 */
final class StreamRegistry {
    private final Vertx vertx;
    private final Limits limits;
    private final StreamMeters meters;
    private final LongSupplier nanoTime;
    private final Map<String, StreamSession> sessions = new ConcurrentHashMap<>();
    private final AtomicInteger alive = new AtomicInteger();
    /** Longest detached first; guarded by itself. */
    private final SequencedSet<StreamSession> detached = new LinkedHashSet<>();

    StreamRegistry(Vertx vertx, Limits limits, StreamMeters meters, LongSupplier nanoTime) {
        this.vertx = vertx;
        this.limits = limits;
        this.meters = meters;
        this.nanoTime = nanoTime;
    }

    Limits limits() {
        return limits;
    }

    StreamMeters meters() {
        return meters;
    }

    long nanoTime() {
        return nanoTime.getAsLong();
    }

    int alive() {
        return alive.get();
    }

    /** Streams that a connection waits for, until it has been handed their last event. */
    int awaited() {
        return (int) sessions.values().stream().filter(StreamSession::awaited).count();
    }

    int detachedCount() {
        synchronized (detached) {
            return detached.size();
        }
    }

    /** False where the node has as many streams as it may. */
    boolean add(StreamSession session) {
        if (alive.incrementAndGet() > limits.maxStreams()) {
            alive.decrementAndGet();
            return false;
        }
        sessions.put(session.handle(), session);
        return true;
    }

    void remove(StreamSession session) {
        if (sessions.remove(session.handle(), session)) {
            alive.decrementAndGet();
        }
        attached(session);
    }

    /** Only the tenant that began a stream finds it; for others it does not exist. */
    Optional<StreamSession> find(String handle, String tenant) {
        return Optional.ofNullable(sessions.get(handle))
                .filter(session -> session.tenant().equals(tenant));
    }

    /** Where too many are detached the one detached longest ends. */
    void detached(StreamSession session) {
        StreamSession oldest = null;
        synchronized (detached) {
            detached.add(session);
            if (detached.size() > limits.maxDetachedStreams()) {
                oldest = detached.removeFirst();
            }
        }
        if (oldest != null) {
            oldest.loop().run(oldest::expire);
        }
    }

    /** It has a connection again, or has ended and waits for nobody. */
    void attached(StreamSession session) {
        synchronized (detached) {
            detached.remove(session);
        }
    }

    /** Fires once, on {@code loop}, when the replay window is over. */
    long timer(EventLoop loop, Runnable action) {
        return vertx.setTimer(Math.max(1, limits.replayWindow().toMillis()), id -> loop.run(action));
    }

    void cancelTimer(long id) {
        vertx.cancelTimer(id);
    }
}
