package io.millrace.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Typed reading of one JSON object. A field that is absent or null gives the default; one of the wrong type adds a
 * fault and gives the default, too.
 *
 * @param prefix where the object stands in the body: empty, or ending in a dot like {@code messages[3].}
 */
record Fields(ObjectNode object, String prefix, Faults faults) {

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    /** Whether a name that a client made up may be repeated in an error. */
    static boolean isPlain(String name) {
        return name != null && PLAIN.matcher(name).matches();
    }

    String path(String name) {
        return prefix + name;
    }

    Optional<JsonNode> value(String name) {
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    String text(String name, String orElse) {
        return value(name).map(node -> text(path(name), node)).orElse(orElse);
    }

    boolean flag(String name) {
        return value(name)
                .map(node -> typed(node.isBoolean(), name, "true or false", node.booleanValue(), false))
                .orElse(false);
    }

    boolean flagOr(String name, boolean orElse) {
        return value(name).isPresent() ? flag(name) : orElse;
    }

    int integer(String name, int orElse) {
        return value(name)
                .map(node -> typed(isInt(node), name, "an integer of 32 bits", node.intValue(), orElse))
                .orElse(orElse);
    }

    long longInteger(String name, long orElse) {
        return value(name)
                .map(node -> {
                    boolean fits = node.isIntegralNumber() && node.canConvertToLong();
                    return typed(fits, name, "an integer of 64 bits", node.longValue(), orElse);
                })
                .orElse(orElse);
    }

    float number(String name, float orElse) {
        return value(name)
                .map(node -> typed(node.isNumber(), name, "a number", (float) node.doubleValue(), orElse))
                .orElse(orElse);
    }

    /** The inner object, empty where it is absent or something else. */
    Fields inner(String name) {
        ObjectNode inner = value(name).flatMap(node -> object(path(name), node)).orElseGet(object::objectNode);
        return new Fields(inner, path(name) + ".", faults);
    }

    Optional<ObjectNode> object(String path, JsonNode node) {
        if (node instanceof ObjectNode inner) {
            return Optional.of(inner);
        }
        faults.add(path, "must be an object");
        return Optional.empty();
    }

    /** Half a surrogate pair can come by JSON escapes only; no tokenizer can read it. */
    String text(String path, JsonNode node) {
        if (!node.isTextual()) {
            faults.add(path, "must be a string");
            return "";
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(node.textValue())) {
            faults.add(path, "has half a surrogate pair");
        }
        return node.textValue();
    }

    static boolean isInt(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToInt();
    }

    private <T> T typed(boolean fits, String name, String what, T value, T orElse) {
        if (!fits) {
            faults.add(path(name), "must be " + what);
        }
        return fits ? value : orElse;
    }
}
