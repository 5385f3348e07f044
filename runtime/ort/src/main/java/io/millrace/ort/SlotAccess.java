package io.millrace.ort;

import io.millrace.ort.capi.IoBinding;

/** How the kernels of a session reach the slots of the cache that a run covers. */
interface SlotAccess {
    /** Called once for a range, before its first run. */
    void bind(KvCache.SlotRange slots, IoBinding binding);

    /** Called before each run, by the thread that computes it. */
    void cover(KvCache.SlotRange slots);
}
