package io.millrace.ort.paged;

import io.millrace.ort.device.DeviceException;

/** When a device is to fail, and what it has given out. Set by the test, met by the rank's thread. */
final class Faults {
    /** Where a device can fail. */
    enum Place {
        ALLOCATE,
        COPY_IN,
        RESOLVE,
        /** In an operator, in ONNX Runtime's run. */
        RUN,
        SAMPLE,
        COPY_OUT,
        FENCE,
        /** Only seen when the step is awaited. */
        AWAIT
    }

    private Place place;
    private int left;
    private DeviceException.Kind kind;
    private boolean lost;
    private int held;

    /** Once, after {@code times} calls that go well. */
    synchronized void fail(Place place, int times, DeviceException.Kind kind) {
        this.place = place;
        this.left = times;
        this.kind = kind;
    }

    /** Whether what {@link #fail} said has not come about. */
    synchronized boolean pending() {
        return place != null;
    }

    synchronized void on(Place at) {
        check();
        if (at == place && left-- == 0) {
            place = null;
            lost = kind == DeviceException.Kind.STICKY;
            throw new DeviceException(kind, "injected at " + at);
        }
    }

    /** Whatever is asked of a device that was lost. */
    synchronized void check() {
        if (lost) {
            throw new DeviceException(DeviceException.Kind.STICKY, "lost before");
        }
    }

    synchronized void gave() {
        held++;
    }

    synchronized void tookBack() {
        held--;
    }

    /** Allocations, fences and devices that are out. */
    synchronized int held() {
        return held;
    }
}
