package io.millrace.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import java.util.Locale;
import java.util.Optional;

/** How a finished stream is told: the OpenAI API has finish reasons for good ends only, the others are errors. */
sealed interface Ending {

    record Good(String finishReason) implements Ending {}

    record Bad(Rejection rejection) implements Ending {}

    static Ending of(TokenEvent.Finished finished) {
        return switch (finished.reason()) {
            case STOP -> new Good("stop");
            case LENGTH -> new Good("length");
            case CANCELLED -> new Bad(Rejection.of(ErrorCode.CANCELLED, "the stream was cancelled"));
            case SLOW_CONSUMER ->
                new Bad(Rejection.of(ErrorCode.SLOW_CONSUMER, "the stream was read too slowly and has ended"));
            case ERROR ->
                new Bad(finished.error().orElseGet(() -> Rejection.of(ErrorCode.INTERNAL, "the generation failed")));
        };
    }

    /** Of an answer whose end is good: one that called tools ended for that. */
    static String finishReason(Good good, ToolCallParser parser) {
        return good.finishReason().equals("stop") && parser.calls() > 0 ? "tool_calls" : good.finishReason();
    }

    static ObjectNode call(String handle, OutputPart.Call call) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("id", CompletionId.ofCall(handle, call.index()))
                .put("type", "function");
        json.putObject("function").put("name", call.name()).put("arguments", call.arguments());
        return json;
    }

    /** Members of our own for the body that ends an answer: clients of the OpenAI API pass unknown ones on. */
    static Optional<ObjectNode> ours(Tier tier) {
        return tier == Tier.UNSPECIFIED
                ? Optional.empty()
                : Optional.of(JsonNodeFactory.instance
                        .objectNode()
                        .put("tier", tier.name().toLowerCase(Locale.ROOT)));
    }

    static ObjectNode usage(Usage usage) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("prompt_tokens", usage.promptTokens())
                .put("completion_tokens", usage.completionTokens())
                .put("total_tokens", usage.promptTokens() + usage.completionTokens());
        json.putObject("prompt_tokens_details").put("cached_tokens", usage.cachedTokens());
        return json;
    }
}
