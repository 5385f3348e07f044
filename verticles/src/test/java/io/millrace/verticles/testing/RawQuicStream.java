package io.millrace.verticles.testing;

import io.millrace.api.TokenEvent;
import io.millrace.wire.Decoded;
import io.millrace.wire.Events;
import io.millrace.wire.FrameDecoder;
import io.millrace.wire.FrameEncoder;
import io.millrace.wire.FrameType;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.QuicConnection;
import io.vertx.core.net.QuicStream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A client's stream at the level of frames and bytes. */
public final class RawQuicStream implements ReadEvents {
    private static final int MAX_FRAME_BYTES = 1024 * 1024;

    private final QuicFront front;
    private final QuicStream stream;
    private final List<TokenEvent> events = new CopyOnWriteArrayList<>();

    private RawQuicStream(QuicFront front, QuicStream stream) {
        this.front = front;
        this.stream = stream;
    }

    public static RawQuicStream open(QuicFront front, QuicConnection connection) {
        return TestReplica.await(front.onClientLoop(() -> connection
                .openStream()
                .map(stream -> {
                    RawQuicStream raw = new RawQuicStream(front, stream);
                    FrameDecoder<ServerFrame> decoder = new FrameDecoder<>(FrameType.SERVER, MAX_FRAME_BYTES);
                    stream.handler(bytes -> decoder.push(bytes.getBytes(), raw::frame));
                    return raw;
                })));
    }

    private void frame(Decoded<ServerFrame> decoded) {
        if (decoded instanceof Decoded.Value<ServerFrame> value
                && Events.fromWire(value.value()) instanceof Decoded.Value<List<TokenEvent>> sent) {
            events.addAll(sent.value());
        } else {
            throw new AssertionError("the server sent " + decoded);
        }
    }

    public RawQuicStream write(ClientFrame frame) {
        return writeBytes(FrameEncoder.encode(frame));
    }

    public RawQuicStream writeBytes(byte[] bytes) {
        TestReplica.await(front.onClientLoop(() -> stream.write(Buffer.buffer(bytes))));
        return this;
    }

    public void reset() {
        TestReplica.await(front.onClientLoop(() -> stream.reset(0)));
    }

    @Override
    public List<TokenEvent> events() {
        return events;
    }

    public TokenEvent awaitEnd() {
        TestReplica.eventually(
                "a terminal frame", () -> !events.isEmpty() && events.getLast().terminal());
        return events.getLast();
    }
}
