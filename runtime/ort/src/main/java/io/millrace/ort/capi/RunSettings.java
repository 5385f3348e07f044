package io.millrace.ort.capi;

import java.lang.foreign.Arena;

/** How a run is done. May be used for any number of runs. */
public final class RunSettings implements AutoCloseable {
    private final Handle options =
            Handle.make(HandleCount.Kind.RUN_OPTIONS, OrtApi.RELEASE_RUN_OPTIONS, OrtApi.CREATE_RUN_OPTIONS::call);

    /** A run returns as soon as its work is queued in the device's stream, and does not wait for the device. */
    public RunSettings withoutWaiting() {
        return entry("disable_synchronize_execution_providers", "1");
    }

    /** onnxruntime_run_options_config_keys.h lists the keys. */
    public RunSettings entry(String key, String value) {
        try (Arena arena = Arena.ofConfined()) {
            OrtApi.ADD_RUN_CONFIG_ENTRY.call(options.pointer(), arena.allocateFrom(key), arena.allocateFrom(value));
        }
        return this;
    }

    Handle handle() {
        return options;
    }

    @Override
    public void close() {
        options.close();
    }
}
