package io.millrace.text;

import io.millrace.api.Limits;
import io.millrace.api.Message;
import io.millrace.api.PlainValues;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.RequestCheck;
import io.millrace.api.Tool;
import io.millrace.api.ToolCall;
import java.util.List;
import java.util.Optional;

/**
 * From a request to the token ids of its prompt, or the reason why not: all that an ingress calls. Safe for all threads.
 *
 * <p>A short chat costs about half a millisecond, most of it the template; after that a KiB of text costs about as much.
 * Short prompts may be encoded on an event loop, long ones (64 KiB: 40 ms) belong on a virtual thread.
 */
public final class PromptEncoder {
    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final Limits limits;
    private final int contextTokens;

    /** @param contextTokens positions per sequence that the model is served with */
    public PromptEncoder(Tokenizer tokenizer, ChatTemplate template, Limits limits, int contextTokens) {
        this.tokenizer = tokenizer;
        this.template = template;
        this.limits = limits;
        this.contextTokens = contextTokens;
    }

    public Outcome<int[]> encode(Request request) {
        Optional<Rejection> badStop = RequestCheck.stop("stop", request.stop(), limits);
        if (badStop.isPresent()) {
            return new Outcome.Refused<>(badStop.get());
        }
        return switch (request.prompt()) {
            case Prompt.Chat chat -> encodeChat(chat);
            case Prompt.Text text -> encodeText(text.text());
            case Prompt.Tokens tokens -> checkIds(tokens.ids());
        };
    }

    private Outcome<int[]> encodeChat(Prompt.Chat chat) {
        Optional<Rejection> badCount =
                RequestCheck.messages("messages", chat.messages().size(), limits);
        if (badCount.isPresent()) {
            return new Outcome.Refused<>(badCount.get());
        }
        long length = chat.characters();
        if (length > longestText()) {
            return tooLong("messages", length);
        }
        return template.render(fenced(chat)).then(this::encodeLayout);
    }

    private Outcome<int[]> encodeLayout(String text) {
        return text.length() > longestText()
                ? tooLong("messages", text.length())
                : fits("messages", tokenizer.withBos(tokenizer.encodeFenced(text)));
    }

    private Outcome<int[]> encodeText(String text) {
        return text.length() > longestText()
                ? tooLong("prompt", text.length())
                : fits("prompt", tokenizer.withBos(tokenizer.encode(text, true)));
    }

    private Outcome<int[]> checkIds(int[] ids) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= tokenizer.vocabulary().size()) {
                return Outcome.refused(
                        "prompt[" + i + "]",
                        "prompt[" + i + "] is " + ids[i] + "; token ids are from 0 to "
                                + (tokenizer.vocabulary().size() - 1));
            }
        }
        return fits("prompt", ids);
    }

    private Outcome<int[]> fits(String field, int[] ids) {
        if (ids.length == 0) {
            return Outcome.refused(field, field + " has no tokens; it must have at least 1");
        }
        return ids.length > contextTokens
                ? Outcome.refused(field, field + " has " + ids.length + " tokens; the context holds " + contextTokens)
                : new Outcome.Done<>(ids);
    }

    /** More characters than this cannot fit the context: refused before they cost a tokenizer's time. */
    private long longestText() {
        return (long) contextTokens * tokenizer.vocabulary().longestToken();
    }

    private Outcome<int[]> tooLong(String field, long length) {
        return Outcome.refused(
                field,
                field + " has " + length + " characters; a context of " + contextTokens + " tokens holds at most "
                        + longestText());
    }

    private Prompt.Chat fenced(Prompt.Chat chat) {
        return new Prompt.Chat(
                chat.messages().stream().map(this::fenced).toList(),
                chat.tools().stream()
                        .map(tool -> new Tool(PlainValues.mapStrings(tool.definition(), this::fenced)))
                        .toList());
    }

    private Message fenced(Message message) {
        List<ToolCall> calls = message.toolCalls().stream().map(this::fenced).toList();
        return new Message(fenced(message.role()), fenced(message.content()), calls, fenced(message.toolCallId()));
    }

    private ToolCall fenced(ToolCall call) {
        return new ToolCall(
                fenced(call.id()), fenced(call.name()), PlainValues.mapStrings(call.arguments(), this::fenced));
    }

    private String fenced(String text) {
        return Fence.around(Fence.wellFormed(text), tokenizer.specials());
    }
}
