package io.millrace.model.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.model.gguf.Dequantizer;
import io.millrace.model.gguf.GgmlType;
import io.millrace.model.gguf.GgufTensor;
import io.millrace.model.gguf.KQuantsTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What K-quants lose in our blocks: relative RMS of the error, over random super-blocks. */
class KQuantRowsTest {
    @Test
    void fourBitsStayAsTheyAre() throws Exception {
        GgufTensor tensor = KQuantsTest.tensor(GgmlType.Q4_K);
        float[] expected = Dequantizer.all(tensor);
        Block4.Row row = new MatrixRows(tensor).read4(0);
        for (int i = 0; i < expected.length; i++) {
            int b = i / Block4.SIZE;
            int value = row.values[i / 2] >> i % 2 * 4 & 15;
            float weight = (value - 8) * row.scales[b] + row.offsets[b];
            assertEquals(expected[i], weight, 1e-6 * (Math.abs(16 * row.scales[b]) + Math.abs(row.offsets[b])));
        }
    }

    @ParameterizedTest
    @CsvSource({"Q4_K, 0.002", "Q5_K, 0.002", "Q6_K, 0.005"})
    void eightBitsLoseLittle(GgmlType type, double most) throws Exception {
        GgufTensor tensor = KQuantsTest.tensor(type);
        float[] expected = Dequantizer.all(tensor);
        Block8.Row row = new MatrixRows(tensor).read8(0);
        double error = 0;
        double power = 0;
        for (int i = 0; i < expected.length; i++) {
            int b = i / Block8.SIZE;
            float weight = ((row.values[i] & 255) - (row.zeros[b] & 255)) * row.scales[b];
            error += Math.pow(weight - expected[i], 2);
            power += Math.pow(expected[i], 2);
        }
        double loss = Math.sqrt(error / power);
        assertTrue(loss < most, () -> type + " loses " + loss);
    }
}
