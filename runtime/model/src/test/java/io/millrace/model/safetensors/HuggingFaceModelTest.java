package io.millrace.model.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.DecoderTraits;
import io.millrace.api.TokenizerSpec;
import io.millrace.model.checkpoint.OpenedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Reads the directories that ort's tests compute with; there the numbers are held against numpy. */
class HuggingFaceModelTest {
    private static final Path MODELS = Path.of("../ort/src/test/resources/decoders");
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    private Path folder;

    private void copy(String name) throws IOException {
        try (Stream<Path> files = Files.list(MODELS.resolve(name))) {
            for (Path file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    private void replace(String file, String right, String wrong) throws IOException {
        String text = Files.readString(folder.resolve(file));
        assertTrue(text.contains(right), () -> file + " has no " + right);
        Files.writeString(folder.resolve(file), text.replace(right, wrong));
    }

    private void refused(String problem) {
        String message = assertThrows(
                        IOException.class, () -> OpenedModel.open(folder).close())
                .getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(problem), message);
    }

    @Test
    void aDirectoryIsReadWhole() throws IOException {
        try (OpenedModel model = OpenedModel.open(MODELS.resolve("gemma3_directory"))) {
            DecoderTraits traits = model.manifest().traits();
            assertEquals("gemma3_directory", model.manifest().name());
            assertTrue(model.manifest().tiedEmbedding() && traits.queryKeyNorm() && traits.postNorms());
            assertEquals(Set.of(0, 1), traits.local().orElseThrow().layers());
            TokenizerSpec tokenizer = model.tokenizer();
            assertEquals(
                    List.of("llama", 2, 1, true),
                    List.of(tokenizer.model(), tokenizer.bosId(), tokenizer.eosId(), tokenizer.addBos()));
            assertEquals(384, tokenizer.tokens().size());
        }
    }

    @Test
    void aNormIsOneMoreThanGemmaStores() throws IOException {
        try (OpenedModel model = OpenedModel.open(MODELS.resolve("gemma3_directory"))) {
            float[] norm = model.weights().vector("output_norm.weight");
            double mean = 0;
            for (float weight : norm) {
                mean += weight / norm.length;
            }
            assertEquals(1, mean, 0.2);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model-00001-of-00002.safetensors",
                "/etc/passwd",
                "a/b.safetensors",
                ".x.safetensors",
                "m.bin"
            })
    void anIndexLeadsToNoOtherFolder(String name) throws IOException {
        copy("llama3_directory");
        replace(INDEX, "\"model-00001-of-00002.safetensors\"", "\"" + name + "\"");
        refused("no plain name of a safetensors file");
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        copy("llama3_directory");
        Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
        refused("model-00002-of-00002.safetensors is missing");
        Files.delete(folder.resolve(INDEX));
        refused("neither model.safetensors nor " + INDEX);
    }

    @Test
    void aFileCutShortIsRefused() throws IOException {
        copy("gemma3_directory");
        Path weights = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(bytes, bytes.length - 100));
        refused("follow the header");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"llama\"|\"mamba\"|model_type \"mamba\" is not supported, only gemma2, gemma3_text, llama, mistral, qwen2, qwen3",
                "\"silu\"|\"relu\"|hidden_act is \"relu\"",
                "\"llama3\"|\"yarn\"|rope_type \"yarn\" is not supported, only default, linear, llama3",
                "\"rope_type\": \"llama3\",|''|factor is not supported without a rope_type",
                "\"hidden_size\": 64|\"hidden_size\": 0|hidden_size is 0, not 1 to 2147483647",
                "\"hidden_size\": 64|\"hidden_size\": 96|tensor token_embd.weight: has shape [320, 64]",
                "\"num_hidden_layers\": 2|\"num_hidden_layers\": 1|tensor blk.1.",
                "\"rms_norm_eps\": 1e-05|\"rms_norm_eps\": 2|rms_norm_eps is 2.0"
            })
    void aConfigurationThatIsNotSupportedIsNamed(String right, String wrong, String problem) throws IOException {
        copy("llama3_directory");
        replace("config.json", right, wrong.equals("''") ? "" : wrong);
        refused(problem);
    }

    @Test
    void aTokenizerThatIsNotSupportedIsNamed() throws IOException {
        copy("llama3_directory");
        replace("tokenizer.json", "\"type\": \"BPE\"", "\"type\": \"Unigram\"");
        refused("type \"Unigram\" is not supported, only BPE");
        replace("tokenizer.json", "\"type\": \"Unigram\"", "\"type\": \"BPE\"");
        replace("tokenizer.json", "{1,3}", "{1,2}");
        refused("supported are those of gpt-2, llama-bpe, qwen2, smollm");
    }
}
