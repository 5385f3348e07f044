package io.millrace.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.api.Limits;
import io.millrace.api.Tool;
import io.millrace.api.ToolCall;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** {@code tools} and {@code tool_choice} of a chat, and {@code tool_calls} of a message in it. */
final class ToolReader {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final Limits limits;
    private final JsonBody json;

    ToolReader(Limits limits, JsonBody json) {
        this.limits = limits;
        this.json = json;
    }

    /** Those that the model is to be told of: none where {@code tool_choice} is {@code none}. */
    List<Tool> tools(Fields body) {
        List<Tool> tools = new ArrayList<>();
        Set<String> names = new HashSet<>();
        ArrayNode array = array(body, "tools");
        for (int i = 0; i < array.size() && body.faults().first().isEmpty(); i++) {
            String path = "tools[" + i + "]";
            body.object(path, array.get(i)).ifPresent(object -> {
                check(new Fields(object, path + ".", body.faults()), names);
                tools.add(new Tool(PlainJson.map(object)));
            });
        }
        boolean wanted = wanted(body);
        if (wanted && !tools.isEmpty() && !body.flagOr("parallel_tool_calls", true)) {
            body.faults().add("parallel_tool_calls", "is supported as true only where tools are given");
        }
        return wanted ? tools : List.of();
    }

    private static boolean wanted(Fields body) {
        JsonNode choice = body.value("tool_choice").orElse(null);
        String text = choice == null ? "auto" : choice.asText("");
        if (!text.equals("auto") && !text.equals("none")) {
            body.faults()
                    .add("tool_choice", "is supported as \"auto\" or \"none\" only: no model here can be made to call");
        }
        return text.equals("auto");
    }

    private static void check(Fields tool, Set<String> names) {
        FieldRules.TOOL.check(tool);
        if (!tool.text("type", "").equals("function")) {
            tool.faults().add(tool.path("type"), "must be \"function\"");
        }
        Fields function = tool.inner("function");
        FieldRules.FUNCTION.check(function);
        String name = name(function);
        if (!names.add(name)) {
            function.faults().add(function.path("name"), "is the name of an earlier tool, too");
        }
        function.text("description", "");
        function.inner("parameters");
    }

    private static String name(Fields function) {
        String name = function.text("name", "");
        if (!NAME.matcher(name).matches()) {
            function.faults().add(function.path("name"), "must have 1 to 64 letters, digits, underscores or hyphens");
        }
        return name;
    }

    /** What an assistant's turn asked for. */
    List<ToolCall> calls(Fields message) {
        List<ToolCall> calls = new ArrayList<>();
        ArrayNode array = array(message, "tool_calls");
        for (int i = 0; i < array.size() && message.faults().first().isEmpty(); i++) {
            String path = message.path("tool_calls") + "[" + i + "]";
            message.object(path, array.get(i))
                    .ifPresent(object -> calls.add(call(new Fields(object, path + ".", message.faults()))));
        }
        return calls;
    }

    private ToolCall call(Fields call) {
        FieldRules.TOOL_CALL.check(call);
        if (!call.text("type", "function").equals("function")) {
            call.faults().add(call.path("type"), "must be \"function\"");
        }
        Fields function = call.inner("function");
        FieldRules.CALLED.check(function);
        String arguments = function.text("arguments", "");
        Optional<ObjectNode> object = json.inner(arguments.isBlank() ? "{}" : arguments);
        if (object.isEmpty()) {
            call.faults().add(function.path("arguments"), "must be a JSON object, written as a string");
        }
        return new ToolCall(
                call.text("id", ""), name(function), PlainJson.map(object.orElseGet(call.object()::objectNode)));
    }

    private ArrayNode array(Fields fields, String name) {
        JsonNode node = fields.value(name).orElseGet(fields.object()::arrayNode);
        if (!(node instanceof ArrayNode array)) {
            fields.faults().add(fields.path(name), "must be an array");
            return fields.object().arrayNode();
        }
        if (array.size() > limits.maxTools()) {
            fields.faults()
                    .add(fields.path(name), "has " + array.size() + " elements; the limit is " + limits.maxTools());
        }
        return array;
    }
}
