package io.millrace.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which fields an object may have. A field that would change the answer and is not implemented is refused, unless it
 * says what happens here anyway; a field that nobody knows is refused too, as a misspelt one would go unnoticed.
 *
 * @param known    read by the decoder, or without effect on the answer
 * @param onlyWith fields that may come with one value only, written as JSON; null may always come
 */
record FieldRules(Set<String> known, Map<String, String> onlyWith) {

    private static final Set<String> READ = Set.of(
            "model",
            "stream",
            "stream_options",
            "max_tokens",
            "stop",
            "temperature",
            "top_p",
            "top_k",
            "min_p",
            "repetition_penalty",
            "presence_penalty",
            "frequency_penalty",
            "seed",
            "ignore_eos");

    /** About accounts, caches and speed. */
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "user",
            "safety_identifier",
            "metadata",
            "store",
            "service_tier",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "prediction");

    static final FieldRules CHAT = new FieldRules(
            union(
                    READ,
                    WITHOUT_EFFECT,
                    Set.of("messages", "max_completion_tokens", "tools", "tool_choice", "parallel_tool_calls")),
            Map.of(
                    "n", "1",
                    "logprobs", "false",
                    "top_logprobs", "0",
                    "logit_bias", "{}",
                    "functions", "[]",
                    "function_call", "\"none\"",
                    "response_format", "{\"type\":\"text\"}",
                    "modalities", "[\"text\"]"));

    static final FieldRules COMPLETION = new FieldRules(
            union(READ, WITHOUT_EFFECT, Set.of("prompt")),
            Map.of("n", "1", "best_of", "1", "echo", "false", "suffix", "\"\"", "logit_bias", "{}"));

    static final FieldRules STREAM_OPTIONS =
            new FieldRules(Set.of("include_usage"), Map.of("include_obfuscation", "false"));

    /** A participant's name and a link's annotations reach no chat template; a refusal comes back as clients got it. */
    static final FieldRules MESSAGE = new FieldRules(
            Set.of("role", "content", "name", "annotations", "refusal", "tool_calls", "tool_call_id"), Map.of());

    static final FieldRules TEXT_PART = new FieldRules(Set.of("type", "text", "prompt_cache_breakpoint"), Map.of());

    static final FieldRules TOOL = new FieldRules(Set.of("type", "function"), Map.of());

    static final FieldRules FUNCTION =
            new FieldRules(Set.of("name", "description", "parameters"), Map.of("strict", "false"));

    /** The index is of streamed calls, which clients send back as they came. */
    static final FieldRules TOOL_CALL = new FieldRules(Set.of("id", "type", "function", "index"), Map.of());

    static final FieldRules CALLED = new FieldRules(Set.of("name", "arguments"), Map.of());

    static FieldRules of(Endpoint endpoint) {
        return switch (endpoint) {
            case CHAT_COMPLETIONS -> CHAT;
            case COMPLETIONS -> COMPLETION;
        };
    }

    void check(Fields fields) {
        ObjectNode object = fields.object();
        object.properties().forEach(field -> check(fields, field.getKey(), field.getValue()));
    }

    private void check(Fields fields, String name, JsonNode value) {
        if (value.isNull() || known.contains(name)) {
            return;
        }
        String only = onlyWith.get(name);
        if (only != null && !only.equals(value.toString())) {
            fields.faults().add(fields.path(name), "is supported as " + only + " only");
        } else if (only == null) {
            String path = Fields.isPlain(name) ? fields.path(name) : fields.path("*");
            fields.faults().add(path, "is not a field that this server supports");
        }
    }

    private static Set<String> union(Set<String> one, Set<String> two, Set<String> three) {
        return Stream.of(one, two, three).flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());
    }
}
