package io.millrace.ort.device;

/** A device failed. */
public final class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What can be done about it. */
    public enum Kind {
        /** An allocation failed; the device is as it was. */
        OUT_OF_MEMORY,
        /** The device is lost to this process: all later calls fail, too, until the process is started anew. */
        STICKY,
        /** This call failed: a wrong argument, a missing function. */
        OTHER
    }

    private final Kind kind;

    public DeviceException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
