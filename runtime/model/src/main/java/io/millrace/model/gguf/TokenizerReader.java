package io.millrace.model.gguf;

import io.millrace.api.TokenizerSpec;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** The vocabulary in a file's {@code tokenizer.*} metadata. */
public final class TokenizerReader {
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String SCORES = "tokenizer.ggml.scores";
    private static final String SENTENCE_PIECE = "llama";
    static final int NORMAL = 1;
    private static final int BYTE = 6;

    private TokenizerReader() {}

    /** @throws GgufException where a part is missing, or parts contradict each other or the embedding */
    public static TokenizerSpec read(GgufFile file) throws GgufException {
        GgufMetadata metadata = file.metadata();
        List<String> tokens = required(metadata, TOKENS);
        if (tokens.size() != file.tensor("token_embd.weight").rows()) {
            throw metadata.wrong(TOKENS, tokens.size() + " tokens do not fit the embedding's rows");
        }
        String model = metadata.string("tokenizer.ggml.model")
                .orElseThrow(() -> GgufException.missing("tokenizer.ggml.model"));
        boolean sentencePiece = model.equals(SENTENCE_PIECE);
        List<Integer> types = types(metadata, tokens.size());
        return new TokenizerSpec(
                model,
                metadata.string("tokenizer.ggml.pre").orElse("default"),
                tokens,
                types,
                sentencePiece
                        ? MergeOrder.of(tokens, types, scores(metadata, tokens.size()))
                        : metadata.strings("tokenizer.ggml.merges").orElse(List.of()),
                tokenId(metadata, "tokenizer.ggml.bos_token_id", tokens.size()),
                tokenId(metadata, "tokenizer.ggml.eos_token_id", tokens.size()),
                tokenId(metadata, "tokenizer.ggml.unknown_token_id", tokens.size()),
                metadata.bool("tokenizer.ggml.add_bos_token").orElse(sentencePiece),
                sentencePiece
                        && metadata.bool("tokenizer.ggml.add_space_prefix").orElse(true),
                metadata.string("tokenizer.chat_template"));
    }

    private static List<String> required(GgufMetadata metadata, String key) throws GgufException {
        return metadata.strings(key).orElseThrow(() -> GgufException.missing(key));
    }

    private static List<Integer> types(GgufMetadata metadata, int tokens) throws GgufException {
        long[] types = metadata.integers(TYPES).orElse(null);
        if (types == null) {
            return Collections.nCopies(tokens, NORMAL);
        }
        if (types.length != tokens) {
            throw metadata.wrong(TYPES, types.length + " types for " + tokens + " tokens");
        }
        if (Arrays.stream(types).anyMatch(type -> type < NORMAL || type > BYTE)) {
            throw metadata.wrong(TYPES, "a type is not " + NORMAL + " to " + BYTE);
        }
        return Arrays.stream(types).mapToObj(type -> (int) type).toList();
    }

    private static float[] scores(GgufMetadata metadata, int tokens) throws GgufException {
        float[] scores = metadata.reals(SCORES).orElseThrow(() -> GgufException.missing(SCORES));
        if (scores.length != tokens) {
            throw metadata.wrong(SCORES, scores.length + " scores for " + tokens + " tokens");
        }
        return scores;
    }

    /** −1 where the file names none. */
    private static int tokenId(GgufMetadata metadata, String key, int tokens) throws GgufException {
        long id = metadata.integer(key).orElse(-1);
        if (id >= tokens || id < -1) {
            throw metadata.wrong(key, id + " is no id of " + tokens + " tokens");
        }
        return (int) id;
    }
}
