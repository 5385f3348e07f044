package io.millrace.api;

import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * A function call that the model asked for, in an earlier turn of a chat.
 *
 * @param id        the one that {@link Message#toolCallId} of its result names; may be empty
 * @param arguments by name, in {@link PlainValues}
 */
public record ToolCall(String id, String name, Map<String, Object> arguments) {
    public ToolCall {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(name, "name");
        arguments = PlainValues.mapStrings(arguments, UnaryOperator.identity());
    }
}
