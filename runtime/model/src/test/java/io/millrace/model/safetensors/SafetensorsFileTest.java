package io.millrace.model.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.model.gguf.Dequantizer;
import io.millrace.model.gguf.GgufTensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    private static final String PAIR = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1,2],\"data_offsets\":[8,12]}}";

    private static byte[] file(String header, long length, int data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(json)
                .array();
    }

    private static Map<String, GgufTensor> read(byte[] file) throws IOException {
        return SafetensorsFile.tensors("f", MemorySegment.ofArray(file));
    }

    private static void refused(String problem, byte[] file) {
        String message = assertThrows(IOException.class, () -> read(file)).getMessage();
        assertTrue(message.startsWith("f") && message.contains(problem), message);
    }

    @Test
    void tensorsAreReadWhereTheyLie() throws IOException {
        byte[] file = file(PAIR, PAIR.length(), 12);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putFloat(8 + PAIR.length() + 4, 1.5f);
        file[file.length - 1] = 0x40; // 2.0 in BF16
        Map<String, GgufTensor> tensors = read(file);
        assertArrayEquals(new float[] {0, 1.5f}, Dequantizer.all(tensors.get("a")));
        assertArrayEquals(new float[] {0, 2}, Dequantizer.all(tensors.get("b")));
        assertEquals(1, tensors.get("b").rows());
    }

    @Test
    void aHeaderThatPassesTheEndOrTheLimitIsRefused() {
        refused("too short", new byte[7]);
        refused("the header has", file(PAIR, PAIR.length() + 13, 12));
        refused("the header has 18446744073709551615 bytes", file(PAIR, -1, 12));
        refused("is no JSON", file(PAIR, PAIR.length() - 1, 12));
        refused("is no JSON object", file("[]", 2, 0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[8,12]|[8,13]|lies at 8 to 13",
                "[8,12]|[9,13]|lies at 9 to 13",
                "[8,12]|[12,8]|lies at 12 to 8",
                "[8,12]|[-4,0]|no list of counts",
                "[8,12]|[8]|1 offsets",
                "[8,12]|[4,8]|overlaps a",
                "[1,2]|[1,3]|has 6 bytes",
                "[1,2]|[0,2]|dimension of 0",
                "[1,2]|[4611686018427387904,4]|overflows",
                "[1,2]|[]|has 0 dimensions",
                "BF16|I8|is of dtype I8, supported are BF16, F16, F32"
            })
    void aTensorThatLiesWrongIsRefused(String right, String wrong, String problem) {
        String header = PAIR.replace(right, wrong);
        refused("tensor b", file(header, header.length(), 12));
        refused(problem, file(header, header.length(), 12));
    }

    @Test
    void aTensorTwiceIsRefused() {
        String header = PAIR.replace("\"b\"", "\"a\"");
        refused("Duplicate", file(header, header.length(), 12));
    }

    @Test
    void noDamageEndsInAnythingButAnExceptionOfItsKind() {
        Random random = new Random(3);
        for (int i = 0; i < 3000; i++) {
            byte[] file = file(PAIR, PAIR.length(), 12);
            file[random.nextInt(8 + PAIR.length())] = (byte) random.nextInt();
            try {
                read(file);
            } catch (IOException expected) {
                assertTrue(expected.getMessage().startsWith("f"), expected.getMessage());
            }
        }
    }
}
