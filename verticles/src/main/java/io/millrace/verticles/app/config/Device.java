package io.millrace.verticles.app.config;

/** Where the model runs. */
public enum Device {
    CPU,
    /** The best that this machine has and a runner knows: today that is the CPU. */
    AUTO
}
