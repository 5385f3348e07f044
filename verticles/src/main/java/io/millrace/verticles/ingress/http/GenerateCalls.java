package io.millrace.verticles.ingress.http;

import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.openai.ChunkEncoder;
import io.millrace.openai.Decoded;
import io.millrace.openai.Endpoint;
import io.millrace.openai.JsonAnswer;
import io.millrace.openai.LastEventId;
import io.millrace.openai.RequestDecoder;
import io.millrace.openai.ToolCallParser;
import io.millrace.openai.WholeCompletion;
import io.millrace.verticles.stream.StreamLink;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** The calls that generate, and the one that takes a stream up again. */
final class GenerateCalls {
    /** A longer body is parsed off the event loop. */
    private static final int LONG_BODY = 64 * 1024;

    private static final String LAST_EVENT_ID = "Last-Event-ID";
    private static final int UNSUPPORTED_MEDIA_TYPE = 415;

    private final Vertx vertx;
    private final Streams streams;
    private final Limits limits;
    private final InstantSource clock;
    private final RequestDecoder decoder;

    GenerateCalls(Vertx vertx, HttpIngressVerticle.Setup setup) {
        this.vertx = vertx;
        this.streams = setup.streams();
        this.limits = setup.limits();
        this.clock = setup.clock();
        this.decoder = new RequestDecoder(limits);
    }

    /**
     * {@code POST} of a prompt. The content type must be JSON's: a web page cannot send it to another origin unasked,
     * so that no page can set a model on this machine to work.
     */
    void generate(HttpServerRequest request, Endpoint endpoint, String tenant) {
        String type = String.valueOf(request.getHeader(HttpHeaders.CONTENT_TYPE));
        if (!type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
            Rejection rejection = Rejection.invalid("Content-Type", "Content-Type must be application/json");
            Answers.json(request.response(), JsonAnswer.error(UNSUPPORTED_MEDIA_TYPE, rejection));
            return;
        }
        RequestBody.read(vertx, request, limits, body -> {
            long seed = ThreadLocalRandom.current().nextLong();
            if (body.length <= LONG_BODY) {
                start(request, endpoint, tenant, decoder.decode(endpoint, body, seed));
            } else {
                vertx.executeBlocking(() -> decoder.decode(endpoint, body, seed), false)
                        .onSuccess(decoded -> start(request, endpoint, tenant, decoded));
            }
        });
    }

    /** {@code GET /v1/streams/<handle>}: the rest of a stream, in chunks of the kind that {@code object} names. */
    void resume(HttpServerRequest request, String handle, String tenant) {
        Optional<Endpoint> endpoint = switch (request.getParam("object", "chat.completion.chunk")) {
            case "chat.completion.chunk" -> Optional.of(Endpoint.CHAT_COMPLETIONS);
            case "text_completion" -> Optional.of(Endpoint.COMPLETIONS);
            default -> Optional.empty();
        };
        if (endpoint.isEmpty()) {
            Answers.refuse(
                    request.response(),
                    Rejection.invalid("object", "object must be chat.completion.chunk or text_completion"));
            return;
        }
        String header = request.getHeader(LAST_EVENT_ID);
        Optional<LastEventId> seen = LastEventId.parse(header == null ? handle + ":0" : header)
                .filter(id -> id.handle().equals(handle));
        boolean includeUsage = Boolean.parseBoolean(request.getParam("include_usage"));
        boolean tools = Boolean.parseBoolean(request.getParam("tools"));
        resume(request.response(), endpoint.get(), includeUsage, tools, seen, tenant);
    }

    private void start(HttpServerRequest request, Endpoint endpoint, String tenant, Decoded decoded) {
        HttpServerResponse response = request.response();
        if (response.closed()) {
            return;
        }
        switch (decoded) {
            case Decoded.Refused refused -> Answers.refuse(response, refused.rejection());
            case Decoded.Call call -> {
                String seen = request.getHeader(LAST_EVENT_ID);
                if (!call.stream()) {
                    whole(response, endpoint, tenant, call);
                } else if (seen == null) {
                    stream(response, endpoint, tenant, call);
                } else {
                    resume(
                            response,
                            endpoint,
                            call.includeUsage(),
                            call.offersTools(),
                            LastEventId.parse(seen),
                            tenant);
                }
            }
        }
    }

    private void whole(HttpServerResponse response, Endpoint endpoint, String tenant, Decoded.Call call) {
        WholeTransport transport =
                new WholeTransport(response, new WholeCompletion(endpoint, now(), parser(call.offersTools())));
        transport.opened(streams.generate(call.request(), tenant, transport, StreamLink.UNLIMITED));
    }

    private void stream(HttpServerResponse response, Endpoint endpoint, String tenant, Decoded.Call call) {
        ChunkEncoder encoder = new ChunkEncoder(endpoint, now(), call.includeUsage(), 0, parser(call.offersTools()));
        SseTransport transport = new SseTransport(response, encoder, limits);
        transport.opened(streams.generate(call.request(), tenant, transport, StreamLink.UNLIMITED));
    }

    /** Where there may be tool calls all that is held is read once more: the last event seen may stand amid a call. */
    private void resume(
            HttpServerResponse response,
            Endpoint endpoint,
            boolean includeUsage,
            boolean tools,
            Optional<LastEventId> seen,
            String tenant) {
        if (seen.isEmpty()) {
            String message = LAST_EVENT_ID + " must be the id of an event of this stream: <handle>:<number>";
            Answers.refuse(response, Rejection.invalid(LAST_EVENT_ID, message));
            return;
        }
        LastEventId id = seen.get();
        ChunkEncoder encoder = new ChunkEncoder(endpoint, now(), includeUsage, id.number(), parser(tools));
        SseTransport transport = new SseTransport(response, encoder, limits);
        long after = tools ? 0 : id.number();
        transport.opened(streams.resume(id.handle(), after, tenant, transport, StreamLink.UNLIMITED));
    }

    private ToolCallParser parser(boolean tools) {
        return ToolCallParser.of(tools, limits);
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
