package io.millrace.verticles.ingress.ws;

import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.ingress.FaultRate;
import io.millrace.verticles.ingress.WireStream;
import io.millrace.verticles.stream.Streams;
import io.millrace.wire.Decoded;
import io.millrace.wire.FrameType;
import io.millrace.wire.JsonFrames;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One WebSocket: its channels, each a generation. Text messages are answered in text, binary ones in binary.
 *
 * <p>All channels share one socket: a client that reads slowly slows all of its own generations, and nobody else's.
 */
public final class WsIngressConnection {
    /** What every connection is given. */
    public record Setup(Streams streams, ApiKeys keys, Limits limits) {}

    private static final int NO_CHANNEL = 0;
    /** RFC 6455, section 7.4.1. */
    private static final int POLICY_VIOLATION = 1008;

    private final ServerWebSocket socket;
    private final Setup setup;
    private final String connectionKey;
    private final JsonFrames<ClientFrame> json;
    private final FaultRate faults;
    /** Bounded by {@code Limits.maxStreamsPerConnection}. */
    private final Map<Integer, WireStream> channels = new HashMap<>();

    private WsIngressConnection(ServerWebSocket socket, Setup setup, String connectionKey) {
        this.socket = socket;
        this.setup = setup;
        this.connectionKey = connectionKey;
        this.faults = new FaultRate(setup.limits().maxResetsPerConnection());
        this.json = new JsonFrames<>(FrameType.CLIENT, setup.limits().maxFrameBytes());
    }

    /** @param connectionKey the API key of the handshake's Authorization header, empty where none came */
    public static void accept(ServerWebSocket socket, Setup setup, String connectionKey) {
        new WsIngressConnection(socket, setup, connectionKey).open();
    }

    private void open() {
        socket.setWriteQueueMaxSize(setup.limits().outputBufferBytes());
        socket.textMessageHandler(text -> message(json.read(text), true));
        socket.binaryMessageHandler(bytes ->
                message(FrameType.CLIENT.parse(bytes.getBytes(), setup.limits().maxFrameBytes()), false));
        socket.drainHandler(nothing -> running().forEach(WireStream::drained));
        socket.closeHandler(nothing -> running().forEach(WireStream::detach));
        socket.exceptionHandler(failure -> {});
    }

    /** A copy: what is called on a generation may end it, and take it out of the map. */
    private List<WireStream> running() {
        return List.copyOf(channels.values());
    }

    private void message(Decoded<ClientFrame> decoded, boolean text) {
        switch (decoded) {
            case Decoded.Value<ClientFrame> value -> frame(value.value(), text);
            case Decoded.Malformed<ClientFrame> malformed -> {
                int channel = malformed.channel();
                channels.getOrDefault(channel, detached(channel, text)).refuse(malformed.rejection());
                if (faults.exceeded()) {
                    socket.close((short) POLICY_VIOLATION, "too many malformed messages");
                }
            }
        }
    }

    private void frame(ClientFrame frame, boolean text) {
        int channel = frame.getChannel();
        WireStream generation = channels.get(channel);
        if (generation != null) {
            generation.accept(frame);
        } else if (opens(frame)) {
            open(channel, text, frame);
        }
        // Else a Cancel or Credit that crossed the end of its generation: no fault.
    }

    private void open(int channel, boolean text, ClientFrame frame) {
        WireStream generation = detached(channel, text);
        if (channel == NO_CHANNEL) {
            generation.refuse(Rejection.invalid("channel", "channel must be 1 or more on a WebSocket"));
        } else if (channels.size() == setup.limits().maxStreamsPerConnection()) {
            generation.refuse(Rejection.overloaded(
                    "the connection has its maximum of " + setup.limits().maxStreamsPerConnection() + " generations",
                    Duration.ofSeconds(1)));
        } else {
            channels.put(channel, generation);
            generation.accept(frame);
        }
    }

    private static boolean opens(ClientFrame frame) {
        return frame.hasGenerate() || frame.hasResume();
    }

    private WireStream detached(int channel, boolean text) {
        return new WireStream(
                setup.streams(),
                setup.keys(),
                setup.limits(),
                channel,
                connectionKey,
                new WsChannel(this, channel, text));
    }

    void write(ServerFrame frame, boolean text) {
        if (socket.isClosed()) {
            return;
        }
        if (text) {
            socket.writeTextMessage(JsonFrames.write(frame));
        } else {
            socket.writeBinaryMessage(Buffer.buffer(frame.toByteArray()));
        }
    }

    /** Vert.x throws where a closed socket is asked, and its streams learn of the end a moment later. */
    boolean writable() {
        return !socket.isClosed() && !socket.writeQueueFull();
    }

    void ended(int channel) {
        channels.remove(channel);
    }
}
