package io.millrace.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.api.Limits;
import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.RequestCheck;
import io.millrace.api.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code messages} and {@code prompt}, in each of the shapes that the OpenAI API knows and a text model can take. */
final class PromptReader {

    /** What clients write, and what chat templates know. */
    private static final Map<String, String> ROLES =
            Map.of("system", "system", "developer", "system", "user", "user", "assistant", "assistant", "tool", "tool");

    private static final String SHAPES = "must be a string, an array of one string, or an array of token ids";

    private final Faults faults;
    private final ToolReader tools;

    PromptReader(Faults faults, ToolReader tools) {
        this.faults = faults;
        this.tools = tools;
    }

    Prompt chat(Fields body, Limits limits) {
        if (!(body.value("messages").orElse(null) instanceof ArrayNode array)) {
            faults.add("messages", "must be an array of messages");
            return new Prompt.Chat(List.of());
        }
        faults.add(RequestCheck.messages("messages", array.size(), limits));
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < array.size() && faults.first().isEmpty(); i++) {
            String path = "messages[" + i + "]";
            body.object(path, array.get(i)).ifPresent(object -> messages.add(message(object, path)));
        }
        return new Prompt.Chat(messages, tools.tools(body));
    }

    Prompt completion(Fields body) {
        Optional<JsonNode> prompt = body.value("prompt");
        if (prompt.isEmpty()) {
            faults.add("prompt", SHAPES);
        }
        return prompt.map(node -> prompt(body, node)).orElseGet(() -> new Prompt.Text(""));
    }

    private Message message(ObjectNode object, String path) {
        Fields fields = new Fields(object, path + ".", faults);
        FieldRules.MESSAGE.check(fields);
        String role = ROLES.get(fields.text("role", ""));
        if (role == null) {
            faults.add(fields.path("role"), "must be one of system, developer, user, assistant, tool");
            role = "";
        }
        List<ToolCall> calls = calls(fields, role);
        String called = fields.text("tool_call_id", "");
        if (role.equals("tool") != !called.isEmpty()) {
            faults.add(fields.path("tool_call_id"), "must come with role tool, and only there");
        }
        return new Message(role, content(fields, !calls.isEmpty()), calls, called);
    }

    private List<ToolCall> calls(Fields message, String role) {
        List<ToolCall> calls = tools.calls(message);
        if (!calls.isEmpty() && !role.equals("assistant")) {
            faults.add(message.path("tool_calls"), "must come with role assistant only");
        }
        return calls;
    }

    /** @param optional whether there may be none: beside tool calls */
    private String content(Fields message, boolean optional) {
        String path = message.path("content");
        JsonNode content = message.value("content").orElse(null);
        if (content == null && optional) {
            return "";
        }
        if (content instanceof ArrayNode parts && !parts.isEmpty()) {
            return IntStream.range(0, parts.size())
                    .mapToObj(i -> part(message, parts.get(i), path + "[" + i + "]"))
                    .collect(Collectors.joining("\n"));
        }
        if (content == null || !content.isTextual()) {
            faults.add(path, "must be a string or an array of text parts");
            return "";
        }
        return message.text(path, content);
    }

    private String part(Fields message, JsonNode part, String path) {
        Optional<ObjectNode> object = message.object(path, part);
        if (object.isEmpty()) {
            return "";
        }
        Fields fields = new Fields(object.get(), path + ".", faults);
        if (!fields.text("type", "").equals("text")) {
            faults.add(fields.path("type"), "must be \"text\": this server takes text only");
        }
        FieldRules.TEXT_PART.check(fields);
        if (fields.value("text").isEmpty()) {
            faults.add(fields.path("text"), "must be a string");
        }
        return fields.text("text", "");
    }

    private Prompt prompt(Fields body, JsonNode node) {
        if (node.isTextual()) {
            return new Prompt.Text(body.text("prompt", node));
        }
        JsonNode first = node.path(0);
        if (Fields.isInt(first)) {
            return tokens("prompt", node);
        }
        if (node.size() == 1 && first.isTextual()) {
            return new Prompt.Text(body.text("prompt[0]", first));
        }
        if (node.size() == 1 && first instanceof ArrayNode && !first.isEmpty()) {
            return tokens("prompt[0]", first);
        }
        boolean several = node.isArray() && node.size() > 1 && (first.isTextual() || first.isArray());
        faults.add("prompt", several ? "has " + node.size() + " prompts; the limit is 1" : SHAPES);
        return new Prompt.Text("");
    }

    private Prompt tokens(String path, JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length && faults.first().isEmpty(); i++) {
            JsonNode id = array.get(i);
            ids[i] = id.intValue();
            if (!Fields.isInt(id) || ids[i] < 0) {
                faults.add(path + "[" + i + "]", "must be a token id: an integer between 0 and " + Integer.MAX_VALUE);
            }
        }
        return new Prompt.Tokens(ids);
    }
}
