package io.millrace.verticles.stream;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.stream.ServedModel.EncodedPrompt;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door every ingress knocks at. Thread-safe; {@code generate} and {@code resume} are called on event loops.
 *
 * <p>Both hand back a link at once, or nothing where they refuse. What becomes of the request arrives at the transport
 * as events, never before the call has returned: {@code Accepted} and what follows, or {@code Rejected}.
 */
public final class Streams {
    /** The tenant of everybody where no API keys are configured. */
    public static final String ANYBODY = "";

    private static final Logger LOG = LoggerFactory.getLogger(Streams.class);
    private static final int HANDLE_BYTES = 16;

    private final StreamRegistry registry;
    private final SecureRandom random = new SecureRandom();
    private volatile Replica replica = new Replica.Unready("the model is loading");

    public Streams(Vertx vertx, Limits limits, MeterRegistry meters, LongSupplier nanoTime) {
        this.registry = new StreamRegistry(vertx, limits, new StreamMeters(meters), nanoTime);
        Gauge.builder("millrace.streams.alive", registry, StreamRegistry::alive).register(meters);
        Gauge.builder("millrace.streams.detached", registry, StreamRegistry::detachedCount)
                .register(meters);
    }

    public Replica replica() {
        return replica;
    }

    /** What new requests meet from now on; running streams go on. */
    public void switchTo(Replica next) {
        replica = next;
    }

    /** Streams that a connection waits for, until it has been handed their last event; none where a drain is done. */
    public int awaited() {
        return registry.awaited();
    }

    /**
     * Starts a generation.
     *
     * @param tenant whose key came with the request, or {@link #ANYBODY}
     * @param credit tokens that may be sent at first, or {@link StreamLink#UNLIMITED}
     */
    public Optional<StreamLink> generate(Request request, String tenant, StreamTransport transport, long credit) {
        EventLoop loop = EventLoop.current();
        return switch (replica) {
            case Replica.Unready unready -> refused(loop, transport, unready.rejection());
            case Replica.Ready ready ->
                serves(ready.model(), request)
                        ? Optional.of(open(ready, request, tenant, loop, transport, credit))
                        : refused(loop, transport, unknownModel(ready.model(), request));
        };
    }

    private static boolean serves(ServedModel model, Request request) {
        return request.model().isEmpty() || request.model().equals(model.name());
    }

    private static Rejection unknownModel(ServedModel model, Request request) {
        String message = "model \"" + request.model() + "\" is not served here; served is \"" + model.name() + "\"";
        return new Rejection(ErrorCode.NOT_FOUND, message, "model", Duration.ZERO);
    }

    private StreamLink open(
            Replica.Ready ready,
            Request request,
            String tenant,
            EventLoop loop,
            StreamTransport transport,
            long credit) {
        ServedModel model = ready.model();
        GenerationTimes times = new GenerationTimes(registry.meters(), request, model.name(), registry.nanoTime());
        String handle = newHandle();
        StreamEvents events = new StreamEvents(handle, model.name(), model.output(request), times);
        StreamSession session = new StreamSession(handle, tenant, events, loop, ready.runner(), registry);
        StreamLink link = new StreamLink(session, transport, loop);
        session.open(link, credit);
        loop.context().runOnContext(nothing -> begin(session, request, model));
        return link;
    }

    /** The rest of a stream after event {@code lastEvent}; another connection that still has it is reset. */
    public Optional<StreamLink> resume(
            String handle, long lastEvent, String tenant, StreamTransport transport, long credit) {
        EventLoop loop = EventLoop.current();
        Optional<StreamSession> found = registry.find(handle, tenant);
        if (found.isEmpty()) {
            return refused(loop, transport, Rejection.of(ErrorCode.NOT_FOUND, "no such stream in the replay window"));
        }
        StreamSession session = found.get();
        StreamLink link = new StreamLink(session, transport, loop);
        session.loop().context().runOnContext(nothing -> session.resume(link, lastEvent, credit));
        return Optional.of(link);
    }

    private void begin(StreamSession session, Request request, ServedModel model) {
        if (!registry.add(session)) {
            session.refused(Rejection.overloaded(
                    "the node has its maximum of " + registry.limits().maxStreams() + " streams",
                    Duration.ofSeconds(1)));
            return;
        }
        model.encode(request).onComplete(encoding -> session.loop().run(() -> submit(session, request, encoding)));
    }

    private static void submit(StreamSession session, Request request, AsyncResult<EncodedPrompt> encoding) {
        if (encoding.failed()) {
            LOG.error("a prompt could not be encoded", encoding.cause());
            session.refused(Rejection.of(ErrorCode.INTERNAL, "the prompt could not be encoded"));
            return;
        }
        switch (encoding.result()) {
            case EncodedPrompt.Encoded encoded -> session.submit(request, encoded.spec());
            case EncodedPrompt.Refused refused -> session.refused(refused.rejection());
        }
    }

    private Optional<StreamLink> refused(EventLoop loop, StreamTransport transport, Rejection rejection) {
        registry.meters().rejected(rejection.code());
        loop.context().runOnContext(nothing -> transport.send(List.of(new TokenEvent.Rejected(rejection))));
        return Optional.empty();
    }

    private String newHandle() {
        byte[] bytes = new byte[HANDLE_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
