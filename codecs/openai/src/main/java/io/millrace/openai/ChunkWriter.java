package io.millrace.openai;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the chunks of one accepted stream. All but the event's number and text is the same in every chunk, so it is
 * laid out once and copied: a token costs no JSON tree.
 */
final class ChunkWriter {

    private static final String NO_REASON = "null";

    private final boolean chat;
    private final String handle;
    private final ByteArrayOutputStream out;
    private final byte[] idHead;
    /** From the end of the {@code id:} line to the choices. */
    private final byte[] chunkHead;
    /** What opens the string of the choice's text. */
    private final byte[] textHead;
    /** What follows that string in all chunks but the last. */
    private final byte[] textTail;

    private final byte[] chunkTail;
    /** As the chunk's tail, after the choices are closed. */
    private final byte[] endTail;

    ChunkWriter(
            Endpoint endpoint,
            TokenEvent.Accepted accepted,
            long createdSeconds,
            boolean includeUsage,
            ByteArrayOutputStream out) {
        this.chat = endpoint == Endpoint.CHAT_COMPLETIONS;
        this.handle = accepted.handle();
        this.out = out;
        idHead = utf8("id: " + accepted.handle() + ":");
        chunkHead = utf8("\ndata: {\"id\":\"%s\",\"object\":\"%s\",\"created\":%d,\"model\":\"%s\",\"choices\":["
                .formatted(
                        CompletionId.of(endpoint, accepted.handle()),
                        chat ? "chat.completion.chunk" : "text_completion",
                        createdSeconds,
                        quote(accepted.model())));
        textHead = utf8("{\"index\":0," + (chat ? "\"delta\":{\"content\":\"" : "\"text\":\""));
        textTail = utf8((chat ? "\"}" : "\"") + reason(NO_REASON));
        String tail = includeUsage ? ",\"usage\":null}\n\n" : "}\n\n";
        chunkTail = utf8("]" + tail);
        endTail = utf8(tail);
    }

    /** The first chunk of a chat; a text completion has none like it. */
    void role() {
        if (chat) {
            String delta = "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}";
            event(0, chunkHead, utf8(delta + reason(NO_REASON)), chunkTail);
        }
    }

    void text(long number, String text) {
        event(number, chunkHead, textHead, JsonStringEncoder.getInstance().quoteAsUTF8(text), textTail, chunkTail);
    }

    /** A call in one delta: clients join the pieces of {@code arguments}, and one is enough for them. */
    void call(long number, OutputPart.Call call) {
        ObjectNode json = Ending.call(handle, call).put("index", call.index());
        String delta = "{\"index\":0,\"delta\":{\"tool_calls\":[" + json + "]}";
        event(number, chunkHead, utf8(delta + reason(NO_REASON)), chunkTail);
    }

    void finish(long number, String text, String finishReason, Tier tier) {
        String delta = text.isEmpty() ? "{}" : "{\"content\":\"" + quote(text) + "\"}";
        String shown = chat ? "\"delta\":" + delta : "\"text\":\"" + quote(text) + "\"";
        String choice = "{\"index\":0," + shown + reason("\"" + finishReason + "\"");
        byte[] ours =
                utf8(Ending.ours(tier).map(object -> ",\"millrace\":" + object).orElse(""));
        event(number, chunkHead, utf8(choice + "]"), ours, endTail);
    }

    void usage(long number, Usage usage) {
        event(number, chunkHead, utf8("],\"usage\":" + Ending.usage(usage) + "}\n\n"));
    }

    void error(long number, String errorObject) {
        event(number, utf8("\ndata: " + errorObject + "\n\n"));
    }

    private void event(long number, byte[]... parts) {
        out.writeBytes(idHead);
        out.writeBytes(utf8(Long.toString(number)));
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
    }

    private static String reason(String json) {
        return ",\"logprobs\":null,\"finish_reason\":" + json + "}";
    }

    private static String quote(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
