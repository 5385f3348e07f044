package io.millrace.model.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Which of the known ways to cut text a {@code tokenizer.json} describes, by GGUF's names for them. */
final class PreTokenizers {
    private static final String WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** By the steps that cut: a regular expression, {@code Digits} one by one, GPT-2's own expression. */
    private static final Map<List<String>, String> KNOWN = Map.of(
            List.of("GPT-2"), "gpt-2",
            List.of("Digits", "GPT-2"), "smollm",
            List.of(WORDS.formatted("\\p{N}{1,3}")), "llama-bpe",
            List.of(WORDS.formatted("\\p{N}")), "qwen2");

    private PreTokenizers() {}

    static String ggufName(JsonObject tokenizer) throws IOException {
        List<String> steps = new ArrayList<>();
        collect(tokenizer.required("pre_tokenizer"), steps);
        String name = KNOWN.get(steps);
        if (name == null) {
            throw tokenizer.wrong(
                    "pre_tokenizer",
                    "cuts by " + steps + "; supported are those of "
                            + String.join(", ", KNOWN.values().stream().sorted().toList()));
        }
        return name;
    }

    private static void collect(JsonNode step, List<String> steps) {
        switch (step.path("type").asText()) {
            case "Sequence" -> step.path("pretokenizers").forEach(part -> collect(part, steps));
            case "Split" -> steps.add(step.path("pattern").path("Regex").asText());
            case "Digits" -> steps.add(step.path("individual_digits").asBoolean() ? "Digits" : "Digits in runs");
            case "ByteLevel" -> {
                if (step.path("use_regex").asBoolean(true)) {
                    steps.add("GPT-2");
                }
            }
            default -> steps.add(step.path("type").asText("nothing"));
        }
    }
}
