package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTest {
    private static final int F32 = 0;

    private final byte[] eight = {1, 2, 3, 4, 5, 6, 7, 8};

    @Test
    void aTensorsDataAreCutOutOfTheMappedFile(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("two.gguf");
        GgufWriter writer = new GgufWriter();
        writer.tensor("a", F32, new byte[24], 2, 3).tensor("b", F32, eight, 2);
        Files.write(path, writer.bytes());
        try (GgufFile file = GgufFile.open(path)) {
            GgufTensor a = file.tensor("a");
            assertArrayEquals(new long[] {2, 3}, a.shape());
            assertEquals(2, a.rows());
            assertEquals(3, a.columns());
            GgufTensor b = file.tensor("b");
            assertArrayEquals(eight, b.data().toArray(ValueLayout.JAVA_BYTE));
            assertTrue(b.data().isReadOnly());
            assertTrue(b.data().isMapped());
            assertEquals(List.of(a, b), file.tensors());
        }
    }

    @Test
    void dataAreGoneOnceTheFileIsClosed(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("one.gguf");
        Files.write(path, new GgufWriter().tensor("b", F32, eight, 2).bytes());
        GgufFile file = GgufFile.open(path);
        GgufTensor tensor = file.tensor("b");
        file.close();
        assertThrows(IllegalStateException.class, () -> tensor.data().get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void aFileThatIsRefusedIsUnmapped(@TempDir Path folder) throws IOException {
        Path path = folder.resolve("empty.gguf");
        Files.createFile(path);
        Refusal.of("magic at byte 0: needs 4 bytes, but 0 are left", () -> GgufFile.open(path));
        Files.write(path, new byte[] {'P', 'K', 3, 4});
        Refusal.of("magic at byte 0: is 0x04034b50, a GGUF file begins with \"GGUF\"", () -> GgufFile.open(path));
    }

    @Test
    void version2IsReadLikeVersion3() throws GgufException {
        GgufWriter writer = TinyLlama.writer();
        writer.version = 2;
        assertEquals("llama", writer.open().architecture());
    }

    @Test
    void otherVersionsAreRefused() {
        GgufWriter writer = new GgufWriter();
        writer.version = 1;
        Refusal.of("version at byte 4: is 1, supported are 2 and 3", writer::open);
        writer.version = Integer.reverseBytes(3);
        Refusal.of("version at byte 4: is 50331648 (a big-endian file?), supported are 2 and 3", writer::open);
    }

    @Test
    void countsAreBoundedBeforeAnythingIsRead() {
        GgufWriter writer = new GgufWriter();
        writer.tensorCountError = -1;
        Refusal.of("tensor count at byte 8: is 18446744073709551615, more than 65536", writer::open);
        writer.tensorCountError = 1;
        Refusal.of("tensor 0 name at byte 24: needs 8 bytes, but 0 are left", writer::open);
    }

    @Test
    void theFilesOwnAlignmentCounts() throws GgufException {
        GgufWriter writer = new GgufWriter();
        writer.alignment = 128;
        writer.uint32("general.alignment", 128).tensor("a", F32, new byte[4], 1).tensor("b", F32, eight, 2);
        assertArrayEquals(eight, writer.open().tensor("b").data().toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void anAlignmentThatIsNoPowerOfTwoIsRefused() {
        GgufWriter writer = new GgufWriter().uint32("general.alignment", 24);
        Refusal.of("general.alignment at byte 53: is 24, not a power of two up to 65536", writer::open);
    }

    @Test
    void aMissingTensorIsNamed() throws GgufException {
        GgufFile file = new GgufWriter().open();
        assertFalse(file.has("output.weight"));
        Refusal.of("tensor output.weight: is missing", () -> file.tensor("output.weight"));
        Refusal.of("general.architecture: is missing", file::architecture);
    }
}
