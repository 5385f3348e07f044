package io.millrace.arch.probe.engine;

import io.vertx.core.Vertx;
import java.lang.foreign.MemorySegment;

/** What the pure modules may not do. */
final class BreaksRuleOne {
    private Vertx runtime;
    private MemorySegment memory;

    long clock() {
        return System.nanoTime();
    }

    long timeOfDay() {
        return System.currentTimeMillis();
    }

    void thread() {
        new Thread(this::clock).start();
    }

    Vertx runtime() {
        return runtime;
    }

    MemorySegment memory() {
        return memory;
    }
}
