package io.millrace.ort.capi;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Native objects that were made and not yet released, in this process. What stays after everything is closed has leaked. */
public final class HandleCount {
    /** What a handle is of. */
    public enum Kind {
        STATUS,
        SESSION_OPTIONS,
        SESSION,
        RUN_OPTIONS,
        IO_BINDING,
        VALUE,
        MEMORY_INFO,
        PACKED_WEIGHTS,
        OPERATOR_DOMAIN,
        OPERATOR_KERNEL,
        CUDA_OPTIONS
    }

    private static final Map<Kind, AtomicLong> LIVE = new EnumMap<>(Kind.class);

    static {
        for (Kind kind : Kind.values()) {
            LIVE.put(kind, new AtomicLong());
        }
    }

    private HandleCount() {}

    /** Those kinds of which any are left. */
    public static Map<Kind, Long> live() {
        Map<Kind, Long> live = new EnumMap<>(Kind.class);
        LIVE.forEach((kind, count) -> {
            if (count.get() != 0) {
                live.put(kind, count.get());
            }
        });
        return live;
    }

    static void made(Kind kind) {
        LIVE.get(kind).incrementAndGet();
    }

    static void released(Kind kind) {
        LIVE.get(kind).decrementAndGet();
    }
}
