package io.millrace.verticles.ingress.ws;

import io.millrace.api.ErrorCode;
import io.millrace.verticles.ingress.FrameSink;
import io.millrace.wire.v1.ServerFrame;

/** One channel of a WebSocket as a sink. */
record WsChannel(WsIngressConnection connection, int channel, boolean text) implements FrameSink {

    @Override
    public void write(ServerFrame frame) {
        connection.write(frame, text);
    }

    @Override
    public boolean writable() {
        return connection.writable();
    }

    @Override
    public void end() {
        connection.ended(channel);
    }

    /** A WebSocket cannot reset a channel: it goes silent, and its number is free. */
    @Override
    public void reset(ErrorCode why) {
        end();
    }
}
