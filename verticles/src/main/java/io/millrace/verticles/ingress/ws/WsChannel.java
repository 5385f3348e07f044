package io.millrace.verticles.ingress.ws;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import io.millrace.verticles.ingress.FrameSink;
import io.millrace.wire.Events;
import io.millrace.wire.v1.ServerFrame;
import java.util.List;

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

    /** A WebSocket cannot reset a channel: a Rejected stands for it, so that the client does not wait for ever. */
    @Override
    public void reset(ErrorCode why) {
        Rejection rejection = Rejection.of(why, "the stream ended on this channel");
        Events.toWire(channel, List.of(new TokenEvent.Rejected(rejection)), 1).forEach(this::write);
        end();
    }
}
