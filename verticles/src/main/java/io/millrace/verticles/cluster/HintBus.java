package io.millrace.verticles.cluster;

import java.util.function.Consumer;

/** How hints get around. One may be lost or late; none is sent again. */
public interface HintBus {

    /** To every other node. Does not block. */
    void publish(byte[] hint);

    /** Called on any thread; must not block. */
    void listen(Consumer<byte[]> listener);
}
