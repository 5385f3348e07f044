package io.millrace.ort.linux;

/** Memory that was freed and that the C library keeps for the next one who asks. */
public final class FreedMemory {
    private FreedMemory() {}

    /** Gives it back to the system, so that what is resident afterwards is in use. */
    public static void release() {
        LinuxCalls.trim();
    }
}
