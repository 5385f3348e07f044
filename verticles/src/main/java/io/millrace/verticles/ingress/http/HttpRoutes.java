package io.millrace.verticles.ingress.http;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.openai.Endpoint;
import io.millrace.openai.JsonAnswer;
import io.millrace.verticles.ingress.BearerKey;
import io.millrace.verticles.stream.Replica;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;

/** What stands at which path. Everything but health needs an API key where keys are configured. */
final class HttpRoutes {
    private static final String STREAMS = "/v1/streams/";
    private static final int METHOD_NOT_ALLOWED = 405;

    private final Vertx vertx;
    private final HttpIngressVerticle.Setup setup;
    private final GenerateCalls calls;
    private final long startedSeconds;

    HttpRoutes(Vertx vertx, HttpIngressVerticle.Setup setup) {
        this.vertx = vertx;
        this.setup = setup;
        this.calls = new GenerateCalls(vertx, setup);
        this.startedSeconds = setup.clock().instant().getEpochSecond();
    }

    void handle(HttpServerRequest request) {
        String path = String.valueOf(request.path());
        switch (path) {
            case "/health/live" -> only(HttpMethod.GET, request, () -> Answers.text(request.response(), 200, "live"));
            case "/health/ready" -> only(HttpMethod.GET, request, () -> ready(request));
            default -> {
                Optional<String> tenant = setup.keys().tenantOf(BearerKey.of(request.headers()));
                if (tenant.isPresent()) {
                    route(request, path, tenant.get());
                } else {
                    unauthenticated(request);
                }
            }
        }
    }

    private void route(HttpServerRequest request, String path, String tenant) {
        switch (path) {
            case "/v1/chat/completions" ->
                only(HttpMethod.POST, request, () -> calls.generate(request, Endpoint.CHAT_COMPLETIONS, tenant));
            case "/v1/completions" ->
                only(HttpMethod.POST, request, () -> calls.generate(request, Endpoint.COMPLETIONS, tenant));
            case "/v1/models" -> only(HttpMethod.GET, request, () -> models(request));
            case "/metrics" -> only(HttpMethod.GET, request, () -> metrics(request));
            default -> {
                if (path.startsWith(STREAMS)) {
                    String handle = path.substring(STREAMS.length());
                    only(HttpMethod.GET, request, () -> calls.resume(request, handle, tenant));
                } else {
                    Answers.refuse(request.response(), Rejection.of(ErrorCode.NOT_FOUND, "there is no such route"));
                }
            }
        }
    }

    private static void only(HttpMethod method, HttpServerRequest request, Runnable action) {
        if (request.method().equals(method)) {
            action.run();
            return;
        }
        request.response().putHeader(HttpHeaders.ALLOW, method.name());
        Rejection rejection = Rejection.of(ErrorCode.INVALID_REQUEST, "this route takes " + method + " only");
        Answers.json(request.response(), JsonAnswer.error(METHOD_NOT_ALLOWED, rejection));
    }

    private static void unauthenticated(HttpServerRequest request) {
        request.response().putHeader("WWW-Authenticate", "Bearer");
        String message = "send a known API key as \"Authorization: Bearer <key>\"";
        Answers.refuse(request.response(), Rejection.of(ErrorCode.UNAUTHENTICATED, message));
    }

    private void ready(HttpServerRequest request) {
        switch (setup.streams().replica()) {
            case Replica.Ready ready -> Answers.text(request.response(), 200, "ready");
            case Replica.Unready unready -> Answers.text(request.response(), 503, unready.why());
        }
    }

    private void models(HttpServerRequest request) {
        List<String> names = switch (setup.streams().replica()) {
            case Replica.Ready ready -> List.of(ready.model().name());
            case Replica.Unready unready -> List.of();
        };
        Answers.json(request.response(), JsonAnswer.models(names, startedSeconds));
    }

    /** Off the loop: a scrape walks all meters. */
    private void metrics(HttpServerRequest request) {
        vertx.executeBlocking(setup.metrics()::get, false)
                .onSuccess(text -> Answers.metrics(request.response(), text))
                .onFailure(failure -> Answers.refuse(
                        request.response(), Rejection.of(ErrorCode.INTERNAL, "the metrics could not be read")));
    }
}
