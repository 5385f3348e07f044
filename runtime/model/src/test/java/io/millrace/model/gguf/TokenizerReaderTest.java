package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.TokenizerSpec;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TokenizerReaderTest {
    private final GgufWriter writer = TinyLlama.writer();

    private TokenizerSpec read() throws GgufException {
        return TokenizerReader.read(writer.open());
    }

    @Test
    void aVocabularyIsRead() throws GgufException {
        TokenizerSpec expected = new TokenizerSpec(
                "gpt2",
                "smollm",
                List.of("<s>", "</s>", "a", "b", "ab", "é"),
                List.of(3, 3, 1, 1, 1, 1),
                List.of("a b"),
                0,
                1,
                -1,
                true,
                Optional.of("{{ messages }}"));
        assertEquals(expected, read());
    }

    @Test
    void whatIsOptionalHasDefaults() throws GgufException {
        writer.without("tokenizer.ggml.pre")
                .without("tokenizer.ggml.token_type")
                .without("tokenizer.ggml.merges")
                .without("tokenizer.ggml.bos_token_id")
                .without("tokenizer.ggml.add_bos_token")
                .without("tokenizer.chat_template");
        TokenizerSpec spec = read();
        assertEquals("default", spec.preTokenizer());
        assertEquals(List.of(1, 1, 1, 1, 1, 1), spec.types());
        assertEquals(List.of(), spec.merges());
        assertEquals(-1, spec.bosId());
        assertEquals(false, spec.addBos());
        assertEquals(Optional.empty(), spec.chatTemplate());
    }

    @Test
    void everyRowOfTheEmbeddingHasAToken() {
        writer.strings("tokenizer.ggml.tokens", "<s>");
        Refusal.anywhere("tokenizer.ggml.tokens: 1 tokens do not fit the embedding's rows", this::read);
    }

    @Test
    void everyTokenHasAType() {
        writer.int32s("tokenizer.ggml.token_type", 1);
        Refusal.anywhere("tokenizer.ggml.token_type: 1 types for 6 tokens", this::read);
        writer.int32s("tokenizer.ggml.token_type", 1, 1, 1, 1, 1, 7);
        Refusal.anywhere("tokenizer.ggml.token_type: a type is not 1 to 6", this::read);
    }

    @Test
    void specialIdsAreInTheVocabulary() {
        writer.uint32("tokenizer.ggml.eos_token_id", 6);
        Refusal.anywhere("tokenizer.ggml.eos_token_id: 6 is no id of 6 tokens", this::read);
    }

    @Test
    void aFileWithoutATokenizerIsRefused() {
        writer.without("tokenizer.ggml.model");
        Refusal.anywhere("tokenizer.ggml.model: is missing", this::read);
    }
}
