package io.millrace.verticles.ingress;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.millrace.verticles.stream.StreamLink;
import io.millrace.verticles.stream.StreamTransport;
import io.millrace.verticles.stream.Streams;
import io.millrace.wire.Decoded;
import io.millrace.wire.Events;
import io.millrace.wire.Requests;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Resume;
import io.millrace.wire.v1.ServerFrame;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * One generation in the wire protocol, on whatever carries frames. Owned by the connection's event loop.
 *
 * <p>The first frame opens it, with {@code Generate} or {@code Resume}; after that only {@code Cancel} and
 * {@code Credit} make sense. Exactly one terminal frame is written, unless the stream is reset.
 */
public final class WireStream implements StreamTransport {
    private final Streams streams;
    private final ApiKeys keys;
    private final Limits limits;
    private final int channel;
    private final String connectionKey;
    private final FrameSink sink;
    /** Null before the first frame, and where the request was refused. */
    private StreamLink link;

    private boolean opened;
    private boolean over;

    /** @param connectionKey API key that came with the connection, empty where none did; a frame's own key goes first */
    public WireStream(Streams streams, ApiKeys keys, Limits limits, int channel, String connectionKey, FrameSink sink) {
        this.streams = streams;
        this.keys = keys;
        this.limits = limits;
        this.channel = channel;
        this.connectionKey = connectionKey;
        this.sink = sink;
    }

    public void accept(ClientFrame frame) {
        switch (frame.getKindCase()) {
            case GENERATE -> first(() -> generate(frame.getGenerate()));
            case RESUME -> first(() -> resume(frame.getResume()));
            case CANCEL -> later(StreamLink::cancel);
            case CREDIT ->
                later(open ->
                        open.credit(Integer.toUnsignedLong(frame.getCredit().getTokens())));
            case KIND_NOT_SET -> refuse(Rejection.of(ErrorCode.PROTOCOL_ERROR, "the frame has no kind"));
        }
    }

    /** The peer broke the protocol: ends with a terminal frame, Rejected or, once accepted, Finished. */
    public void refuse(Rejection rejection) {
        if (link != null) {
            link.fail(rejection);
        } else {
            send(List.of(new TokenEvent.Rejected(rejection)));
        }
    }

    /** The peer wants no more, and said so without a frame. */
    public void cancel() {
        if (link != null) {
            link.cancel();
        }
    }

    /** The connection is gone. */
    public void detach() {
        over = true;
        if (link != null) {
            link.detach();
        }
    }

    public void drained() {
        if (link != null) {
            link.drained();
        }
    }

    @Override
    public void send(List<TokenEvent> events) {
        if (over) {
            return;
        }
        for (ServerFrame frame : Events.toWire(channel, events, limits.eventsPerFrame())) {
            sink.write(frame);
        }
        if (events.getLast().terminal()) {
            over = true;
            sink.end();
        }
    }

    @Override
    public boolean writable() {
        return sink.writable();
    }

    @Override
    public void reset(ErrorCode why) {
        if (!over) {
            over = true;
            sink.reset(why);
        }
    }

    private void first(Runnable open) {
        if (!opened) {
            opened = true;
            open.run();
        } else {
            refuse(Rejection.of(ErrorCode.PROTOCOL_ERROR, "Generate and Resume come first, and only once"));
        }
    }

    /** Late frames of a finished generation are no fault: they crossed its end. */
    private void later(Consumer<StreamLink> action) {
        if (link != null) {
            action.accept(link);
        } else if (!opened) {
            refuse(Rejection.of(ErrorCode.PROTOCOL_ERROR, "the first frame must be Generate or Resume"));
        }
    }

    private void generate(Generate generate) {
        switch (Requests.fromWire(
                channel, generate, limits, ThreadLocalRandom.current().nextLong())) {
            case Decoded.Malformed<Request> malformed -> refuse(malformed.rejection());
            case Decoded.Value<Request> decoded -> {
                long credit = credit(generate.hasInitialCredit(), generate.getInitialCredit());
                tenant(generate.getApiKey())
                        .ifPresent(tenant -> link = streams.generate(decoded.value(), tenant, this, credit)
                                .orElse(null));
            }
        }
    }

    private void resume(Resume resume) {
        long last = Integer.toUnsignedLong(resume.getLastEvent());
        long credit = credit(resume.hasInitialCredit(), resume.getInitialCredit());
        tenant(resume.getApiKey())
                .ifPresent(tenant -> link = streams.resume(resume.getHandle(), last, tenant, this, credit)
                        .orElse(null));
    }

    private Optional<String> tenant(String frameKey) {
        Optional<String> tenant = keys.tenantOf(frameKey.isEmpty() ? connectionKey : frameKey);
        if (tenant.isEmpty()) {
            refuse(Rejection.of(ErrorCode.UNAUTHENTICATED, "api_key is missing or unknown"));
        }
        return tenant;
    }

    private static long credit(boolean given, int tokens) {
        return given ? Integer.toUnsignedLong(tokens) : StreamLink.UNLIMITED;
    }
}
