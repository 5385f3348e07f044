package io.millrace.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * A whole HTTP answer of type {@code application/json}.
 *
 * @param retryAfterSeconds for the {@code Retry-After} header; 0 where there is to be none
 */
public record JsonAnswer(int status, byte[] body, long retryAfterSeconds) {

    static JsonAnswer ok(ObjectNode body) {
        return new JsonAnswer(200, bytes(body), 0);
    }

    /** {@code {"error": {"message", "type", "param", "code"}}}, with the code's own status. */
    public static JsonAnswer error(Rejection rejection) {
        return error(rejection.code().httpStatus(), rejection);
    }

    /** For statuses that only HTTP has, like 405. */
    public static JsonAnswer error(int status, Rejection rejection) {
        long millis = rejection.retryAfter().toMillis();
        return new JsonAnswer(status, bytes(errorObject(rejection)), Math.ceilDiv(millis, 1000));
    }

    /** {@code GET /v1/models} */
    public static JsonAnswer models(List<String> names, long createdSeconds) {
        ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
        list.putArray("data")
                .addAll(names.stream().map(name -> model(name, createdSeconds)).toList());
        return ok(list);
    }

    static ObjectNode errorObject(Rejection rejection) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("error")
                .put("message", rejection.message())
                .put("type", type(rejection.code()))
                .put("param", rejection.field().isEmpty() ? null : rejection.field())
                .put("code", rejection.code().name().toLowerCase(Locale.ROOT));
        return body;
    }

    private static byte[] bytes(ObjectNode body) {
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode model(String name, long createdSeconds) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", name)
                .put("object", "model")
                .put("created", createdSeconds)
                .put("owned_by", "millrace");
    }

    private static String type(ErrorCode code) {
        return switch (code) {
            case INVALID_REQUEST, NOT_FOUND, TOO_LARGE, PROTOCOL_ERROR, REPLAY_GONE, CANCELLED, SLOW_CONSUMER ->
                "invalid_request_error";
            case UNAUTHENTICATED -> "authentication_error";
            case OVERLOADED -> "rate_limit_error";
            case UNAVAILABLE, INTERNAL -> "server_error";
        };
    }
}
