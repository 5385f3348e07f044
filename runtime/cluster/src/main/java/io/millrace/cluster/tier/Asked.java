package io.millrace.cluster.tier;

import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import java.util.List;

/**
 * A request as far as policies look.
 *
 * @param promptTokens as the edge's tokenizer counts them
 * @param maxTokens    of the answer; 0: the client did not say
 * @param turns        messages of the user; 1 where the prompt is no chat
 * @param tools        whether functions are offered to the model, or were called in the chat
 * @param task         what is asked for: the last message of the user, or the whole text; empty for a prompt of token ids
 */
public record Asked(int promptTokens, int maxTokens, int turns, boolean tools, String task) {

    public static Asked of(Request request, int promptTokens) {
        return switch (request.prompt()) {
            case Prompt.Chat chat -> {
                List<Message> asking = chat.messages().stream()
                        .filter(message -> message.role().equals("user"))
                        .toList();
                String last = asking.isEmpty() ? "" : asking.getLast().content();
                yield new Asked(promptTokens, request.maxTokens(), asking.size(), chat.aboutTools(), last);
            }
            case Prompt.Text text -> new Asked(promptTokens, request.maxTokens(), 1, false, text.text());
            case Prompt.Tokens ids -> new Asked(promptTokens, request.maxTokens(), 1, false, "");
        };
    }

    /** Never the prompt. */
    @Override
    public String toString() {
        return "Asked[promptTokens=" + promptTokens + ", maxTokens=" + maxTokens + ", turns=" + turns + ", tools="
                + tools + "]";
    }
}
