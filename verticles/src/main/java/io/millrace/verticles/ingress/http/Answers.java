package io.millrace.verticles.ingress.http;

import io.millrace.api.Rejection;
import io.millrace.openai.JsonAnswer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

/** Whole answers. Nothing is written where the client has left. */
final class Answers {

    private Answers() {}

    static void json(HttpServerResponse response, JsonAnswer answer) {
        if (answer.retryAfterSeconds() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString(answer.retryAfterSeconds()));
        }
        end(response, answer.status(), "application/json", Buffer.buffer(answer.body()));
    }

    static void refuse(HttpServerResponse response, Rejection rejection) {
        json(response, JsonAnswer.error(rejection));
    }

    /** For a request whose body is not read to its end: what still comes of it is not taken for another request. */
    static void refuseAndClose(HttpServerResponse response, Rejection rejection) {
        if (response.streamId() < 0) {
            response.putHeader(HttpHeaders.CONNECTION, "close");
        }
        refuse(response, rejection);
    }

    static void text(HttpServerResponse response, int status, String text) {
        end(response, status, "text/plain; charset=utf-8", Buffer.buffer(text + "\n"));
    }

    /** In the format that Prometheus names 0.0.4, which ends in a line feed of its own. */
    static void metrics(HttpServerResponse response, String text) {
        end(response, 200, "text/plain; version=0.0.4; charset=utf-8", Buffer.buffer(text));
    }

    private static void end(HttpServerResponse response, int status, String type, Buffer body) {
        if (!response.closed() && !response.ended()) {
            response.setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, type)
                    .end(body);
        }
    }
}
