package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelConverter.Order;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.ort.paged.PagedRunnerProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertedModelTest {
    private static final int[] PROMPT = Steps.randomTokens(10, TinyModel.VOCABULARY, 3);

    @TempDir
    private Path folder;

    private Path source;
    private Path converted;

    @BeforeEach
    void convert() throws Exception {
        source = TinyModel.write(folder, 7);
        converted = folder.resolve("converted");
        new CpuConverter().convert(new Order(source, "int8", 2, converted));
    }

    @Test
    void aDirectoryGeneratesWhatItsFileDoes() throws Exception {
        for (String precision : new CpuConverter().precisions()) {
            Path out = folder.resolve(precision);
            new CpuConverter().convert(new Order(source, precision, 2, out));
            assertArrayEquals(generate(options(source, precision, 2)), generate(options(out, "auto", 1)), precision);
        }
    }

    @Test
    void theVocabularyAndFactsComeAlong() throws Exception {
        try (LoadedModel file = new CpuRunnerProvider().load(options(source, "int8", 1));
                LoadedModel directory = new CpuRunnerProvider().load(options(converted, "int8", 2))) {
            assertEquals(file.manifest(), directory.manifest());
            assertEquals(file.tokenizer(), directory.tokenizer());
            assertEquals(2, directory.stages().size());
        }
    }

    @Test
    void aMissingFileIsNamed() throws Exception {
        Files.delete(converted.resolve("shard-1.onnx"));
        assertRefused("shard-1.onnx is missing");
    }

    @Test
    void oneChangedByteIsFoundAndItsFileNamed() throws Exception {
        overwrite("weights.bin", Files.size(converted.resolve("weights.bin")) / 2, (byte) 77);
        assertRefused("weights.bin was altered: its SHA-256");
    }

    @Test
    void aFileCutShortIsNamed() throws Exception {
        try (FileChannel file = FileChannel.open(converted.resolve("weights.bin"), StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 1);
        }
        assertRefused("weights.bin was altered: it has");
    }

    @Test
    void aSymbolicLinkIsRefusedThoughItsTargetIsRight() throws Exception {
        Path weights = converted.resolve("weights.bin");
        Path elsewhere = Files.move(weights, folder.resolve("elsewhere.bin"));
        Files.createSymbolicLink(weights, elsewhere);
        assertRefused("weights.bin is a symbolic link");
    }

    @Test
    void aManifestWithOtherFactsIsRefused() throws Exception {
        Path manifest = converted.resolve("manifest.json");
        String honest = Files.readString(manifest);
        for (String fact : new String[] {"heads", "kvHeads", "headDim", "ropeBase", "contextLength"}) {
            Files.writeString(manifest, honest.replaceFirst("\"" + fact + "\" : \\d", "\"" + fact + "\" : 9"));
            assertRefused("manifest.json was altered: its SHA-256");
        }
        Files.writeString(manifest, honest);
        generate(options(converted, "auto", 1));
    }

    @Test
    void aManifestThatIsASymbolicLinkIsRefused() throws Exception {
        Path manifest = converted.resolve("manifest.json");
        Path elsewhere = Files.move(manifest, folder.resolve("elsewhere.json"));
        Files.createSymbolicLink(manifest, elsewhere);
        assertRefused("manifest.json is a symbolic link");
    }

    @Test
    void aDirectoryIsNotConvertedAgain() {
        Order order = new Order(converted, "int4", 1, folder.resolve("again"));
        IOException refusal = assertThrows(IOException.class, () -> new CpuConverter().convert(order));
        assertTrue(refusal.getMessage().contains("is converted already"), refusal.getMessage());
        assertTrue(Files.notExists(folder.resolve("again")));
    }

    @Test
    void namesThatLeaveTheDirectoryAreRefused() throws Exception {
        Path manifest = converted.resolve("manifest.json");
        String honest = Files.readString(manifest);
        for (String name : new String[] {"../weights.bin", "/etc/passwd", "sub/weights.bin", "..", "a\\\\b"}) {
            Files.writeString(manifest, honest.replace("\"weights.bin\"", "\"" + name + "\""));
            assertRefused("is not a plain file name");
        }
    }

    @Test
    void anotherPrecisionOrNumberOfShardsThanTheDirectorysIsRefused() {
        assertRefused("was converted to int8", options(converted, "int4", 1));
        assertRefused("was converted to 2", options(converted, "auto", 3));
    }

    @Test
    void aDeviceThatCannotRunItSaysWhichCan() {
        LoadOptions options = TestModel.options(converted, folder, 1, 1, TestModel.limits(1, 64, 64));
        LoadOptions host = new LoadOptions(
                options.model(),
                options.cache(),
                "host",
                1,
                OptionalInt.empty(),
                1,
                1,
                "auto",
                "auto",
                options.limits());
        IOException refusal = assertThrows(IOException.class, () -> new PagedRunnerProvider().load(host));
        assertTrue(refusal.getMessage().contains("device cpu, not host"), refusal.getMessage());
    }

    @Test
    void anUnknownQuantizationIsNamedWithWhatThereIs() {
        Order order = new Order(source, "int3", 1, folder.resolve("other"));
        IOException refusal = assertThrows(IOException.class, () -> new CpuConverter().convert(order));
        assertEquals("no quantization \"int3\"; there are int8, int4, w8a8, fp16, fp8, fp32", refusal.getMessage());
    }

    @Test
    void aDirectoryOfSafetensorsIsConvertedLikeAFile() throws Exception {
        Path published = Path.of("src/test/resources/decoders/llama3_directory");
        Path out = folder.resolve("from-safetensors");
        new CpuConverter().convert(new Order(published, "fp32", 1, out));
        assertArrayEquals(generate(options(published, "fp32", 1)), generate(options(out, "auto", 1)));
        try (LoadedModel loaded = new CpuRunnerProvider().load(options(out, "auto", 1));
                LoadedModel direct = new CpuRunnerProvider().load(options(published, "fp32", 1))) {
            assertEquals(direct.tokenizer(), loaded.tokenizer());
        }
    }

    @Test
    void eightBitFloatsAreAQuarterOfThirtyTwo() throws Exception {
        long eight = new CpuConverter().convert(new Order(source, "fp8", 1, folder.resolve("eight")));
        long full = new CpuConverter().convert(new Order(source, "fp32", 1, folder.resolve("full")));
        assertTrue(eight < full / 2, eight + " of " + full);
    }

    @Test
    void nothingIsWrittenOverAnotherModelAndNothingIsLeftBeside() throws Exception {
        Order order = new Order(source, "int4", 1, converted);
        IOException refusal = assertThrows(IOException.class, () -> new CpuConverter().convert(order));
        assertTrue(refusal.getMessage().contains("exists already"), refusal.getMessage());
        generate(options(converted, "int8", 2));
        try (Stream<Path> files = Files.list(folder)) {
            assertTrue(files.noneMatch(file -> file.toString().contains("partial")));
        }
    }

    private void assertRefused(String words) {
        assertRefused(words, options(converted, "auto", 1));
    }

    private static void assertRefused(String words, LoadOptions options) {
        IOException refusal = assertThrows(IOException.class, () -> new CpuRunnerProvider().load(options));
        assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
    }

    private void overwrite(String name, long at, byte value) throws IOException {
        try (FileChannel file = FileChannel.open(converted.resolve(name), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {value}), at);
        }
    }

    private LoadOptions options(Path model, String precision, int shards) {
        return new LoadOptions(
                model,
                folder.resolve("cache"),
                "cpu",
                shards,
                OptionalInt.empty(),
                1,
                1,
                precision,
                "auto",
                TestModel.limits(1, 64, 64));
    }

    private static int[] generate(LoadOptions options) throws Exception {
        try (LoadedModel loaded = new CpuRunnerProvider().load(options)) {
            return new Steps(loaded).generate(0, PROMPT, 10);
        }
    }
}
