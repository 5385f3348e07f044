package io.millrace.model.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.api.TokenizerSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code tokenizer.json} and {@code tokenizer_config.json}: BPE, byte-level or with single bytes as SentencePiece has them. */
final class TokenizerFiles {
    /** The largest, of 260,000 tokens, have some 35 MB. */
    private static final long MAX_TOKENIZER = 128 << 20;

    private static final long MAX_CONFIG = 16 << 20;

    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;
    private static final Pattern SINGLE_BYTE = Pattern.compile("<0x[0-9A-F]{2}>");
    private static final String SPACE = "\u2581";

    private final JsonObject tokenizer;
    private final JsonObject config;
    private final JsonObject model;
    private final boolean sentencePiece;
    private final List<String> tokens = new ArrayList<>();
    private final List<Integer> types = new ArrayList<>();

    private TokenizerFiles(JsonObject tokenizer, JsonObject config, int vocabulary) throws IOException {
        this.tokenizer = tokenizer;
        this.config = config;
        this.model = tokenizer.object("model");
        String type = model.text("type").orElse("BPE");
        if (!type.equals("BPE")) {
            throw model.wrong("type", "\"" + type + "\" is not supported, only BPE");
        }
        this.sentencePiece = model.bool("byte_fallback").orElse(false);
        for (int id = 0; id < vocabulary; id++) {
            tokens.add("[PAD" + id + "]");
            types.add(UNUSED);
        }
    }

    /** @param vocabulary rows of the embedding: ids that have no token become unused ones */
    static TokenizerSpec read(Path folder, int vocabulary) throws IOException {
        JsonObject tokenizer = JsonObject.read(folder.resolve("tokenizer.json"), MAX_TOKENIZER);
        Path config = folder.resolve("tokenizer_config.json");
        TokenizerFiles files = new TokenizerFiles(
                tokenizer,
                Files.isRegularFile(config)
                        ? JsonObject.read(config, MAX_CONFIG)
                        : JsonObject.parse("tokenizer_config.json", "{}".getBytes(StandardCharsets.US_ASCII)),
                vocabulary);
        Path template = folder.resolve("chat_template.jinja");
        return files.spec(
                Files.isRegularFile(template) && Files.size(template) <= MAX_CONFIG
                        ? Optional.of(Files.readString(template))
                        : files.template());
    }

    private TokenizerSpec spec(Optional<String> template) throws IOException {
        for (Map.Entry<String, JsonNode> entry : model.object("vocab").node().properties()) {
            boolean single =
                    sentencePiece && SINGLE_BYTE.matcher(entry.getKey()).matches();
            put("model: vocab", entry.getValue(), entry.getKey(), single ? BYTE : NORMAL);
        }
        addAdded();
        int bos = id("bos_token");
        return new TokenizerSpec(
                sentencePiece ? "llama" : "gpt2",
                sentencePiece ? "default" : PreTokenizers.ggufName(tokenizer),
                tokens,
                types,
                merges(),
                bos,
                id("eos_token"),
                id("unk_token"),
                bos >= 0 && config.bool("add_bos_token").orElse(putsBos(bos)),
                sentencePiece && prependsSpace(),
                template);
    }

    /** Runs of spaces, which Gemma adds, are left to the merges that its vocabulary has for them, too. */
    private void addAdded() throws IOException {
        Optional<JsonNode> added = tokenizer.member("added_tokens");
        for (JsonNode token : added.isPresent() ? added.get() : List.<JsonNode>of()) {
            String content = token.path("content").asText();
            boolean special = token.path("special").asBoolean();
            if (special || !content.contains(SPACE)) {
                put("added_tokens", token.path("id"), content, special ? CONTROL : USER_DEFINED);
            }
        }
    }

    private void put(String field, JsonNode id, String token, int type) throws IOException {
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= tokens.size()) {
            throw tokenizer.wrong(
                    field, "has the id " + id + ", which is none of the embedding's " + tokens.size() + " rows");
        }
        tokens.set(id.intValue(), token);
        types.set(id.intValue(), type);
    }

    private List<String> merges() throws IOException {
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : model.required("merges")) {
            merges.add(
                    merge.isArray()
                            ? merge.path(0).asText() + " " + merge.path(1).asText()
                            : merge.asText());
        }
        return merges;
    }

    /** −1 where none is named. */
    private int id(String key) throws IOException {
        Optional<JsonNode> token = config.member(key);
        if (token.isEmpty()) {
            return -1;
        }
        String content = token.get().isTextual()
                ? token.get().asText()
                : token.get().path("content").asText();
        int id = tokens.indexOf(content);
        if (id < 0) {
            throw config.wrong(key, "is no token of the vocabulary");
        }
        return id;
    }

    /** Whether the template of the post-processor begins with the token. */
    private boolean putsBos(int bos) {
        return tokenizer.member("post_processor").stream()
                .flatMap(processor -> processor.findValues("single").stream())
                .anyMatch(single ->
                        single.path(0).path("SpecialToken").path("id").asText().equals(tokens.get(bos)));
    }

    private boolean prependsSpace() {
        return tokenizer.member("normalizer").stream()
                .flatMap(normalizer -> normalizer.findValuesAsText("prepend").stream())
                .anyMatch(SPACE::equals);
    }

    /** The one, or the one called default. */
    private Optional<String> template() throws IOException {
        Optional<JsonNode> template = config.member("chat_template");
        if (template.isEmpty() || !template.get().isArray()) {
            return config.text("chat_template");
        }
        for (JsonNode named : template.get()) {
            if (named.path("name").asText().equals("default")) {
                return Optional.of(named.path("template").asText());
            }
        }
        return Optional.empty();
    }
}
