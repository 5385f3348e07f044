package io.millrace.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.api.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds tool calls in the text of one answer as it comes: {@code <tool_call>{"name": ..., "arguments": {...}}</tool_call>}, as
 * Hermes and Qwen write them. Owner: the stream's event loop.
 *
 * <p>A call is told when it is whole, since only then is it known to be one: whatever is malformed, too long or has no end stays
 * text. What may become the beginning of a call is held back, and white space before one, which is dropped with it. What has
 * been told after so many characters is the same however they were cut into pieces.
 */
public final class ToolCallParser {

    private static final String BEGIN = "<tool_call>";
    private static final String END = "</tool_call>";

    private final boolean on;
    private final int maxLength;
    private final JsonBody json;
    private final StringBuilder held = new StringBuilder();
    /** How much of {@link #held} is known to have no {@link #END}. */
    private int searched;

    private int calls;

    private ToolCallParser(boolean on, Limits limits) {
        this.on = on;
        this.maxLength = limits.maxToolCallLength();
        this.json = new JsonBody(limits);
    }

    /** @param offered whether the model was told of tools; else all is text */
    public static ToolCallParser of(boolean offered, Limits limits) {
        return new ToolCallParser(offered, limits);
    }

    /** Calls told so far. */
    int calls() {
        return calls;
    }

    /** What is known for sure, now that {@code text} follows. */
    List<OutputPart> add(String text) {
        List<OutputPart> parts = new ArrayList<>();
        if (on) {
            held.append(text);
            while (advance(parts)) {}
        } else {
            text(text, parts);
        }
        return parts;
    }

    /** What was held back, once nothing follows; behind calls no white space. */
    List<OutputPart> end() {
        List<OutputPart> parts = new ArrayList<>();
        if (calls == 0 || !held.toString().isBlank()) {
            text(held.toString(), parts);
        }
        held.setLength(0);
        return parts;
    }

    /** Whether there is more to find in what is held. */
    private boolean advance(List<OutputPart> parts) {
        int begin = held.indexOf(BEGIN);
        if (begin < 0) {
            release(beforeSpace(held.length() - begun()), parts);
            return false;
        }
        begin -= release(beforeSpace(begin), parts);
        int body = begin + BEGIN.length();
        int end = held.indexOf(END, Math.max(body, searched));
        searched = Math.max(body, held.length() - END.length() + 1);
        if (end < 0 && searched - body <= maxLength) {
            return false;
        }
        Optional<ObjectNode> call =
                end < 0 || end - body > maxLength ? Optional.empty() : call(held.substring(body, end));
        if (call.isPresent()) {
            held.delete(0, end + END.length());
            searched = 0;
            parts.add(new OutputPart.Call(calls++, call.get().get("name").textValue(), arguments(call.get())));
        } else {
            release(body, parts);
        }
        return true;
    }

    /** Tells the first {@code count} characters as text; returns {@code count}. */
    private int release(int count, List<OutputPart> parts) {
        text(held.substring(0, count), parts);
        held.delete(0, count);
        searched = 0;
        return count;
    }

    private static void text(String text, List<OutputPart> parts) {
        if (text.isEmpty()) {
            return;
        }
        if (!parts.isEmpty() && parts.getLast() instanceof OutputPart.Text before) {
            parts.set(parts.size() - 1, new OutputPart.Text(before.text() + text));
        } else {
            parts.add(new OutputPart.Text(text));
        }
    }

    /** How many of the last characters could be the beginning of {@link #BEGIN}. */
    private int begun() {
        int most = Math.min(BEGIN.length() - 1, held.length());
        for (int count = most; count > 0; count--) {
            if (BEGIN.startsWith(held.substring(held.length() - count))) {
                return count;
            }
        }
        return 0;
    }

    /** Where the white space begins that ends at {@code end}. */
    private int beforeSpace(int end) {
        int at = end;
        while (at > 0 && Character.isWhitespace(held.charAt(at - 1))) {
            at--;
        }
        return at;
    }

    private Optional<ObjectNode> call(String body) {
        return json.inner(body)
                .filter(object -> Fields.isPlain(object.path("name").textValue()))
                .filter(object -> object.path("arguments") instanceof ObjectNode || !object.has("arguments"));
    }

    private static String arguments(ObjectNode call) {
        JsonNode arguments = call.path("arguments");
        return arguments.isObject() ? arguments.toString() : "{}";
    }
}
