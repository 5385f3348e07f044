package io.millrace.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.api.TokenEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Gathers one stream into the answer of a call without {@code stream}. Its text is bounded by the model's context. */
public final class WholeCompletion {

    private final Endpoint endpoint;
    private final long createdSeconds;
    private final ToolCallParser parser;
    private final StringBuilder text = new StringBuilder();
    private final List<OutputPart.Call> calls = new ArrayList<>();
    private TokenEvent.Accepted accepted = new TokenEvent.Accepted("", "", 0);

    public WholeCompletion(Endpoint endpoint, long createdSeconds, ToolCallParser parser) {
        this.parser = parser;
        this.endpoint = endpoint;
        this.createdSeconds = createdSeconds;
    }

    /** The answer, once the terminal event came. */
    public Optional<JsonAnswer> accept(List<TokenEvent> events) {
        Optional<JsonAnswer> answer = Optional.empty();
        for (TokenEvent event : events) {
            switch (event) {
                case TokenEvent.Accepted first -> accepted = first;
                case TokenEvent.Token token -> take(parser.add(token.text()));
                case TokenEvent.Finished finished -> answer = Optional.of(finish(finished));
                case TokenEvent.Rejected rejected -> answer = Optional.of(JsonAnswer.error(rejected.rejection()));
            }
        }
        return answer;
    }

    private JsonAnswer finish(TokenEvent.Finished finished) {
        take(parser.add(finished.text()));
        take(parser.end());
        return switch (Ending.of(finished)) {
            case Ending.Bad bad -> JsonAnswer.error(bad.rejection());
            case Ending.Good good -> JsonAnswer.ok(body(Ending.finishReason(good, parser), finished));
        };
    }

    private void take(List<OutputPart> parts) {
        for (OutputPart part : parts) {
            switch (part) {
                case OutputPart.Text more -> text.append(more.text());
                case OutputPart.Call call -> calls.add(call);
            }
        }
    }

    private ObjectNode body(String finishReason, TokenEvent.Finished finished) {
        boolean chat = endpoint == Endpoint.CHAT_COMPLETIONS;
        ObjectNode body = JsonNodeFactory.instance
                .objectNode()
                .put("id", CompletionId.of(endpoint, accepted.handle()))
                .put("object", chat ? "chat.completion" : "text_completion")
                .put("created", createdSeconds)
                .put("model", accepted.model());
        ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
        if (chat) {
            message(choice.putObject("message"));
        } else {
            choice.put("text", text.toString());
        }
        choice.putNull("logprobs").put("finish_reason", finishReason);
        body.set("usage", Ending.usage(finished.usage()));
        Ending.ours(finished.tier()).ifPresent(ours -> body.set("millrace", ours));
        return body;
    }

    /** An answer that only calls tools has no content. */
    private void message(ObjectNode message) {
        boolean silent = text.isEmpty() && !calls.isEmpty();
        message.put("role", "assistant")
                .put("content", silent ? null : text.toString())
                .putNull("refusal");
        if (!calls.isEmpty()) {
            ArrayNode array = message.putArray("tool_calls");
            calls.forEach(call -> array.add(Ending.call(accepted.handle(), call)));
        }
    }
}
