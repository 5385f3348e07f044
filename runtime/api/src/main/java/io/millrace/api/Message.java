package io.millrace.api;

import java.util.List;
import java.util.Objects;

/**
 * One turn of a chat.
 *
 * @param role       whatever the model's chat template knows: system, user, assistant, tool
 * @param toolCalls  of an assistant's turn: what it asked for
 * @param toolCallId of a tool's turn: which call it is the result of; else empty
 */
public record Message(String role, String content, List<ToolCall> toolCalls, String toolCallId) {
    public Message {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
        toolCalls = List.copyOf(toolCalls);
        Objects.requireNonNull(toolCallId, "toolCallId");
    }

    /** A turn that has nothing to do with tools. */
    public Message(String role, String content) {
        this(role, content, List.of(), "");
    }

    /** Whether only a chat template that knows tools can lay it out. */
    public boolean aboutTools() {
        return !toolCalls.isEmpty() || role.equals("tool");
    }
}
