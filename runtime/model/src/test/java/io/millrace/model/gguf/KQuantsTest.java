package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Held against the PyPI package gguf: src/test/golden/make_k_quants.py wrote the files. */
public class KQuantsTest {
    private static final Path FOLDER = Path.of("src", "test", "resources", "k-quants");

    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q5_K", "Q6_K"})
    void weightsAreThoseOfTheReferenceToTheLastBit(GgmlType type) throws IOException {
        GgufTensor tensor = tensor(type);
        float[] expected = new float[(int) tensor.columns()];
        byte[] bytes = Files.readAllBytes(FOLDER.resolve(type.name().toLowerCase(Locale.ROOT) + ".f32"));
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(expected);
        assertArrayEquals(expected, Dequantizer.all(tensor));
    }

    /** One row of random blocks. */
    public static GgufTensor tensor(GgmlType type) throws IOException {
        byte[] blocks = Files.readAllBytes(FOLDER.resolve(type.name().toLowerCase(Locale.ROOT) + ".blocks"));
        long columns = (long) blocks.length / type.blockBytes() * type.blockSize();
        return new GgufTensor("w", type, new long[] {1, columns}, MemorySegment.ofArray(blocks));
    }
}
