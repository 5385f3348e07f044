package io.millrace.ort.capi;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Keeps what an operator threw, on its way through C, where it is but a text. */
final class Thrown {
    private Throwable last;

    /** Returns the OrtStatus that stands for it. */
    synchronized MemorySegment keep(Throwable thrown) {
        last = thrown;
        return OrtStatus.of(thrown);
    }

    synchronized Optional<Throwable> take() {
        Optional<Throwable> taken = Optional.ofNullable(last);
        last = null;
        return taken;
    }
}
