package io.millrace.verticles.ingress.quic;

import io.millrace.api.ErrorCode;
import io.millrace.verticles.ingress.FrameSink;
import io.millrace.verticles.ingress.WireStream;
import io.millrace.wire.Decoded;
import io.millrace.wire.FrameDecoder;
import io.millrace.wire.FrameEncoder;
import io.millrace.wire.FrameType;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.QuicStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bidirectional stream. How its ways to end were seen to show in Vert.x 5.1.10:
 * <ul>
 *   <li>the peer resets its half: {@code resetHandler} with the code, and no {@code closeHandler}: it wants no more;
 *   <li>the peer stops our half (STOP_SENDING): the next write fails with {@code ChannelOutputShutdownException};
 *   <li>the connection closes or times out: {@code endHandler} perhaps, then {@code closeHandler}: the peer may be back.
 * </ul>
 */
final class QuicIngressStream implements FrameSink {
    private static final Logger LOG = LoggerFactory.getLogger(QuicIngressStream.class);
    /** Vert.x's own queue; small, since what a slow reader leaves is kept in the session's buffer, which is counted. */
    private static final int WRITE_QUEUE_BYTES = 16 * 1024;

    private final QuicStream stream;
    private final FrameDecoder<ClientFrame> decoder;
    private final WireStream generation;
    private final Runnable countReset;

    QuicIngressStream(QuicStream stream, QuicIngressVerticle.Setup setup, Runnable countReset) {
        this.stream = stream;
        this.decoder = new FrameDecoder<>(FrameType.CLIENT, setup.limits().maxFrameBytes());
        this.generation = new WireStream(setup.streams(), setup.keys(), setup.limits(), 0, "", this);
        this.countReset = countReset;
    }

    /** A stream without a {@code shutdownHandler} would be cut when the server begins to drain. */
    void open() {
        stream.setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
        stream.handler(bytes -> decoder.push(bytes.getBytes(), this::frame));
        stream.endHandler(nothing -> decoder.end().ifPresent(generation::refuse));
        stream.drainHandler(nothing -> generation.drained());
        stream.resetHandler(code -> {
            countReset.run();
            generation.cancel();
        });
        stream.closeHandler(nothing -> generation.detach());
        stream.exceptionHandler(failure -> LOG.debug("QUIC stream {}", stream.id(), failure));
        stream.shutdownHandler(timeout -> LOG.debug("QUIC stream {} may finish", stream.id()));
    }

    private void frame(Decoded<ClientFrame> decoded) {
        switch (decoded) {
            case Decoded.Value<ClientFrame> value -> generation.accept(value.value());
            case Decoded.Malformed<ClientFrame> malformed -> {
                generation.refuse(malformed.rejection());
                stream.abort((int) malformed.rejection().code().quicCode());
            }
        }
    }

    @Override
    public void write(ServerFrame frame) {
        stream.write(Buffer.buffer(FrameEncoder.encode(frame))).onFailure(this::writeFailed);
    }

    private void writeFailed(Throwable failure) {
        if (failure instanceof ChannelOutputShutdownException) {
            generation.cancel();
        }
    }

    @Override
    public boolean writable() {
        return !stream.writeQueueFull();
    }

    @Override
    public void end() {
        stream.end();
    }

    @Override
    public void reset(ErrorCode why) {
        stream.reset((int) why.quicCode());
    }
}
