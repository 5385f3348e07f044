package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightFileTest {
    /** Long past, so that a file written anew is seen by its time. */
    private static final FileTime MARK = FileTime.from(Instant.EPOCH);

    @TempDir
    private Path folder;

    private Path model;
    private Path cache;
    private int[] expected;

    @BeforeEach
    void derive() throws Exception {
        model = TinyModel.write(folder, 7);
        cache = folder.resolve("cache");
        expected = load();
        assertEquals(2, files().size(), "the weights and their manifest, nothing half-written");
        Files.setLastModifiedTime(weights(), MARK);
    }

    @Test
    void weightsAreDerivedOnce() throws Exception {
        assertArrayEquals(expected, load());
        assertEquals(MARK, Files.getLastModifiedTime(weights()));
    }

    @Test
    void damagedWeightsAreDerivedAnew() throws Exception {
        try (FileChannel channel = FileChannel.open(weights(), StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(100), Files.size(weights()) / 2);
        }
        Files.setLastModifiedTime(weights(), MARK);
        assertDerivedAnew();
    }

    @Test
    void weightsCutShortAreDerivedAnew() throws Exception {
        try (FileChannel channel = FileChannel.open(weights(), StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(weights()) / 2);
        }
        Files.setLastModifiedTime(weights(), MARK);
        assertDerivedAnew();
    }

    @Test
    void weightsWithoutOrWithABrokenManifestAreDerivedAnew() throws Exception {
        Files.delete(manifest());
        assertDerivedAnew();
        Files.setLastModifiedTime(weights(), MARK);
        Files.write(manifest(), new byte[] {(byte) 0xff, '\\', 'u', 'x', 'y'});
        assertDerivedAnew();
    }

    @Test
    void anotherModelUnderTheSameNameIsDerivedAnew() throws Exception {
        Files.copy(TinyModel.write(folder, 8), model, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(model, FileTime.from(Instant.EPOCH.plusSeconds(9)));
        load();
        assertNotEquals(MARK, Files.getLastModifiedTime(weights()));
        assertEquals(2, files().size());
    }

    private void assertDerivedAnew() throws Exception {
        assertArrayEquals(expected, load());
        assertNotEquals(MARK, Files.getLastModifiedTime(weights()));
        assertEquals(2, files().size());
    }

    /** Loads the model and says what it generates. */
    private int[] load() throws Exception {
        LoadOptions options = TestModel.options(model, cache, 1, 1, TestModel.limits(1, 64, 64));
        try (LoadedModel loaded = new CpuRunnerProvider().load(options)) {
            return new Steps(loaded).generate(0, Steps.randomTokens(10, TinyModel.VOCABULARY, 3), 10);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(cache)) {
            return files.sorted().toList();
        }
    }

    private Path weights() throws IOException {
        return files().getFirst();
    }

    private Path manifest() throws IOException {
        return files().getLast();
    }
}
