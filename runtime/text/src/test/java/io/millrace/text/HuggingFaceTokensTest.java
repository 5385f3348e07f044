package io.millrace.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.model.checkpoint.OpenedModel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A {@code tokenizer.json} by way of our vocabulary, against the library that wrote it. */
class HuggingFaceTokensTest {
    private static final Path MODELS = Path.of("../ort/src/test/resources/decoders");

    @ParameterizedTest
    @ValueSource(strings = {"llama3_directory", "gemma3_directory"})
    void idsAreThoseOfTheFilesOwnTokenizer(String name) throws IOException {
        JsonNode golden =
                new ObjectMapper().readTree(MODELS.resolve(name + ".json").toFile());
        try (OpenedModel model = OpenedModel.open(MODELS.resolve(name));
                Tokenizer tokenizer = Tokenizer.of(model.tokenizer())) {
            for (JsonNode text : golden.get("texts")) {
                int[] ids = new int[text.get("ids").size()];
                for (int i = 0; i < ids.length; i++) {
                    ids[i] = text.get("ids").get(i).asInt();
                }
                assertArrayEquals(ids, tokenizer.encode(text.get("text").asText(), false), text.toString());
            }
        }
    }
}
