package io.millrace.verticles.stream;

import io.millrace.verticles.batching.EventLoop;

/** The one timer of a stream, over its replay window. Owned by the stream's loop. */
final class ReplayTimer {
    private static final long NONE = -1;

    private final StreamRegistry registry;
    private final EventLoop loop;
    private long id = NONE;

    ReplayTimer(StreamRegistry registry, EventLoop loop) {
        this.registry = registry;
        this.loop = loop;
    }

    /** In place of what it was started for before. */
    void start(Runnable action) {
        cancel();
        id = registry.timer(loop, action);
    }

    void cancel() {
        if (id != NONE) {
            registry.cancelTimer(id);
            id = NONE;
        }
    }
}
