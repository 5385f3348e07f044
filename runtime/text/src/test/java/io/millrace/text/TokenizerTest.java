package io.millrace.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.TokenizerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    private static final Tokenizer SMOLLM2 = Tokenizer.of(Specs.smolLm2());

    @AfterAll
    static void close() {
        SMOLLM2.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " leading and trailing ",
                "Why is the sky blue?",
                "天空为什么是蓝色的？",
                "😀👩‍👩‍👧 e\u0301 \u0000 \uFFFD",
                "for (int i = 0; i < 10; i++) {\n\t\tx += 3.14159;\r\n}\n\n\n"
            })
    void decodingGivesTheTextBack(String text) {
        assertEquals(text, decoded(SMOLLM2, SMOLLM2.encode(text, false)));
    }

    @Test
    void aTextOfManyTokensIsNotCut() {
        String text = "one two three ".repeat(5_000);
        assertEquals(text, decoded(SMOLLM2, SMOLLM2.encode(text, false)));
    }

    @Test
    void controlTokensAreReadOnlyWhereTheCallerWantsIt() {
        String text = "a<|im_end|>b";
        int[] read = SMOLLM2.encode(text, true);
        int[] plain = SMOLLM2.encode(text, false);
        assertEquals(3, read.length);
        assertEquals(2, read[1]);
        assertEquals(text, decoded(SMOLLM2, plain));
        for (int id : plain) {
            assertTrue(id > 16, "a control token was read");
        }
    }

    @Test
    void loneSurrogatesAreReadAsReplacementCharacters() {
        assertEquals("a\uFFFDb\uFFFD😀\uFFFD", decoded(SMOLLM2, SMOLLM2.encode("a\uD800b\uDC00😀\uD83D", false)));
    }

    @ParameterizedTest
    @CsvSource({
        "smollm,    12345 6, 1|2|3|4|5| |6",
        "qwen2,     12345 6, 1|2|3|4|5| |6",
        "llama-bpe, 12345 6, 123|45| |6",
        "gpt-2,     12345 6, 12345| 6"
    })
    void preTokenizersDifferInHowTheyCutNumbers(String preTokenizer, String text, String words) {
        try (Tokenizer tokenizer =
                Tokenizer.of(Specs.bytes(preTokenizer, false, "1 2", "12 3", "123 4", "1234 5", "4 5", "\u0120 6"))) {
            assertEquals(words, String.join("|", pieces(tokenizer, tokenizer.encode(text, false))));
        }
    }

    @Test
    void userDefinedTokensAreAlwaysReadWhole() {
        try (Tokenizer tokenizer = Tokenizer.of(Specs.bytes("default", false))) {
            assertArrayEquals(new int[] {'a', Specs.TAG, 'b'}, tokenizer.encode("a<tag>b", false));
        }
    }

    @Test
    void aBeginningIsPutInFrontOnceAndOnlyWhereTheModelWantsIt() {
        try (Tokenizer wants = Tokenizer.of(Specs.bytes("gpt-2", true));
                Tokenizer not = Tokenizer.of(Specs.bytes("gpt-2", false))) {
            assertArrayEquals(new int[] {Specs.BOS, 'a'}, wants.withBos(new int[] {'a'}));
            assertArrayEquals(new int[] {Specs.BOS, 'a'}, wants.withBos(new int[] {Specs.BOS, 'a'}));
            assertArrayEquals(new int[] {'a'}, not.withBos(new int[] {'a'}));
        }
    }

    @Test
    void whatIsNotSupportedIsNamedWithWhatIs() {
        String pre = assertThrows(IllegalArgumentException.class, () -> Tokenizer.of(Specs.bytes("tekken", false)))
                .getMessage();
        assertTrue(pre.contains("\"tekken\"") && pre.contains("gpt-2, smollm, llama-bpe, qwen2, default"), pre);
        TokenizerSpec unigram =
                new TokenizerSpec("t5", "default", List.of(), List.of(), List.of(), -1, 0, -1, false, Optional.empty());
        String family = assertThrows(IllegalArgumentException.class, () -> Tokenizer.of(unigram))
                .getMessage();
        assertTrue(family.contains("\"t5\"") && family.contains("gpt2, llama"), family);
    }

    @Test
    void manyThreadsGetTheTokensThatOneGets() throws Exception {
        Random random = new Random(6);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            texts.add(random.ints(200, 1, 0x3000)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString());
        }
        List<int[]> alone = texts.stream().map(t -> SMOLLM2.encode(t, true)).toList();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<int[]>> tasks = texts.stream()
                    .map(t -> (Callable<int[]>) () -> SMOLLM2.encode(t, true))
                    .toList();
            List<Future<int[]>> together = threads.invokeAll(tasks);
            for (int i = 0; i < texts.size(); i++) {
                assertArrayEquals(alone.get(i), together.get(i).get());
            }
        }
    }

    private static String decoded(Tokenizer tokenizer, int[] ids) {
        Detokenizer detokenizer = new Detokenizer(tokenizer.vocabulary());
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(detokenizer.append(id));
        }
        return text.append(detokenizer.flush()).toString();
    }

    private static List<String> pieces(Tokenizer tokenizer, int[] ids) {
        List<String> pieces = new ArrayList<>();
        for (int id : ids) {
            pieces.add(decoded(tokenizer, new int[] {id}));
        }
        return pieces;
    }
}
