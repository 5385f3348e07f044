package io.millrace.verticles.ingress;

import io.millrace.api.ErrorCode;
import io.millrace.wire.v1.ServerFrame;

/** Where the frames of one generation go. */
public interface FrameSink {

    void write(ServerFrame frame);

    boolean writable();

    /** The terminal frame was written. */
    void end();

    /** No terminal frame will be written. */
    void reset(ErrorCode why);
}
