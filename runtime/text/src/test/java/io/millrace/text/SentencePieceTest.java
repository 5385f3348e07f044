package io.millrace.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.TokenizerSpec;
import io.millrace.model.gguf.GgufFile;
import io.millrace.model.gguf.TokenizerReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Held against SentencePiece itself; src/test/golden/make_sentencepiece.py wrote vocabularies and ids. */
class SentencePieceTest {
    private static final Path FOLDER = Path.of("src/test/resources/sentencepiece");

    private static TokenizerSpec read(String name) throws IOException {
        try (GgufFile file = GgufFile.open(FOLDER.resolve(name + ".gguf"))) {
            return TokenizerReader.read(file);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "prefixed"})
    void idsAreThoseOfSentencePieceAndDecodeToTheText(String name) throws IOException {
        TokenizerSpec spec = read(name);
        try (Tokenizer tokenizer = Tokenizer.of(spec)) {
            for (String line : Files.readAllLines(FOLDER.resolve(name + ".txt"))) {
                String[] columns = line.split("\t");
                String text = new String(HexFormat.of().parseHex(columns[0]), StandardCharsets.UTF_8);
                int[] ids = Arrays.stream(columns[1].split(" "))
                        .mapToInt(Integer::parseInt)
                        .toArray();
                assertArrayEquals(ids, tokenizer.encode(text, true), text);
                assertEquals(spec.spacePrefix() ? " " + text : text, decoded(tokenizer, ids));
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
}
