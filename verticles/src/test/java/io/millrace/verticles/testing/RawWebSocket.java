package io.millrace.verticles.testing;

import static java.util.stream.Collectors.joining;

import io.millrace.api.TokenEvent;
import io.millrace.wire.Decoded;
import io.millrace.wire.Events;
import io.millrace.wire.FrameType;
import io.millrace.wire.JsonFrames;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The JDK's WebSocket client at the level of frames. It reads only what it is told to. */
public final class RawWebSocket implements AutoCloseable, WebSocket.Listener {
    private static final int MAX_FRAME_BYTES = 1024 * 1024;

    private final HttpClient client = HttpClient.newHttpClient();
    private final ConcurrentHashMap<Integer, List<TokenEvent>> channels = new ConcurrentHashMap<>();
    private final AtomicInteger closeCode = new AtomicInteger();
    private final JsonFrames<ServerFrame> json = new JsonFrames<>(FrameType.SERVER, MAX_FRAME_BYTES);
    private final StringBuilder partialText = new StringBuilder();
    private final WebSocket socket;

    public RawWebSocket(int port) {
        socket = client.newWebSocketBuilder()
                .subprotocols("millrace.v1")
                .buildAsync(URI.create("ws://127.0.0.1:" + port + "/v1/stream"), this)
                .join();
    }

    /** Reads all that comes, from here on. */
    public RawWebSocket readAll() {
        socket.request(Long.MAX_VALUE);
        return this;
    }

    /** Nothing is read before {@link #readAll}. */
    @Override
    public void onOpen(WebSocket opened) {}

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        take(FrameType.SERVER.parse(bytes, MAX_FRAME_BYTES));
        return null;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        partialText.append(data);
        if (last) {
            take(json.read(partialText.toString()));
            partialText.setLength(0);
        }
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closeCode.set(code);
        return null;
    }

    private void take(Decoded<ServerFrame> decoded) {
        if (decoded instanceof Decoded.Value<ServerFrame> value
                && Events.fromWire(value.value()) instanceof Decoded.Value<List<TokenEvent>> sent) {
            channel(value.value().getChannel()).addAll(sent.value());
        } else {
            throw new AssertionError("the server sent " + decoded);
        }
    }

    private List<TokenEvent> channel(int number) {
        return channels.computeIfAbsent(number, unused -> new CopyOnWriteArrayList<>());
    }

    public RawWebSocket write(ClientFrame frame) {
        socket.sendBinary(ByteBuffer.wrap(frame.toByteArray()), true).join();
        return this;
    }

    public RawWebSocket writeText(String text) {
        socket.sendText(text, true).join();
        return this;
    }

    /** Drops the connection without a word. */
    public void abort() {
        socket.abort();
    }

    public List<TokenEvent> events(int number) {
        return List.copyOf(channel(number));
    }

    public String text(int number) {
        return channel(number).stream()
                .filter(TokenEvent.Token.class::isInstance)
                .map(token -> ((TokenEvent.Token) token).text())
                .collect(joining());
    }

    public TokenEvent awaitEnd(int number) {
        List<TokenEvent> events = channel(number);
        TestReplica.eventually(
                "a terminal frame on channel " + number,
                () -> !events.isEmpty() && events.getLast().terminal());
        return events.getLast();
    }

    public void awaitClose(int code) {
        TestReplica.eventually("close code " + code, () -> closeCode.get() == code);
    }

    @Override
    public void close() {
        socket.abort();
        client.shutdownNow();
    }
}
