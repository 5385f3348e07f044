package io.millrace.model.safetensors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/** A JSON object whose members are asked for by name and type; null counts as missing. */
record JsonObject(String source, JsonNode node) {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    /** @param most bytes of a file that is read at all */
    static JsonObject read(Path file, long most) throws IOException {
        long bytes = Files.size(file);
        if (bytes > most) {
            throw new IOException(file.getFileName() + " has " + bytes + " bytes, more than " + most);
        }
        return parse(file.getFileName().toString(), Files.readAllBytes(file));
    }

    static JsonObject parse(String source, byte[] json) throws IOException {
        try {
            JsonNode node = MAPPER.readTree(json);
            if (node == null || !node.isObject()) {
                throw new IOException(source + " is no JSON object");
            }
            return new JsonObject(source, node);
        } catch (JsonProcessingException e) {
            throw new IOException(source + " is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    Optional<JsonNode> member(String name) {
        JsonNode member = node.get(name);
        return member == null || member.isNull() ? Optional.empty() : Optional.of(member);
    }

    JsonNode required(String name) throws IOException {
        return member(name).orElseThrow(() -> new IOException(source + ": " + name + " is missing"));
    }

    JsonObject object(String name) throws IOException {
        return new JsonObject(
                source + ": " + name,
                expect(name, required(name), required(name).isObject(), "an object"));
    }

    Optional<String> text(String name) throws IOException {
        Optional<JsonNode> member = member(name);
        return member.isEmpty()
                ? Optional.empty()
                : Optional.of(expect(name, member.get(), member.get().isTextual(), "text")
                        .textValue());
    }

    Optional<Boolean> bool(String name) throws IOException {
        Optional<JsonNode> member = member(name);
        return member.isEmpty()
                ? Optional.empty()
                : Optional.of(expect(name, member.get(), member.get().isBoolean(), "true or false")
                        .booleanValue());
    }

    OptionalDouble real(String name) throws IOException {
        Optional<JsonNode> member = member(name);
        return member.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(expect(name, member.get(), member.get().isNumber(), "a number")
                        .doubleValue());
    }

    int positive(String name) throws IOException {
        JsonNode member = required(name);
        boolean right = member.canConvertToInt() && member.isIntegralNumber() && member.intValue() > 0;
        return expect(name, member, right, "1 to " + Integer.MAX_VALUE).intValue();
    }

    int positive(String name, int otherwise) throws IOException {
        return member(name).isPresent() ? positive(name) : otherwise;
    }

    IOException wrong(String name, String problem) {
        return new IOException(source + ": " + name + " " + problem);
    }

    private JsonNode expect(String name, JsonNode member, boolean met, String expected) throws IOException {
        if (!met) {
            String found = member.isValueNode()
                    ? member.toString()
                    : member.getNodeType().toString();
            throw wrong(name, "is " + found.substring(0, Math.min(40, found.length())) + ", not " + expected);
        }
        return member;
    }
}
