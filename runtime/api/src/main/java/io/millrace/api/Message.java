package io.millrace.api;

import java.util.Objects;

/** One turn of a chat; {@code role} is whatever the model's chat template knows: system, user, assistant, tool. */
public record Message(String role, String content) {
    public Message {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
    }
}
