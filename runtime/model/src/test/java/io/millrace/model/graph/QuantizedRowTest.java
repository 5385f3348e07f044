package io.millrace.model.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class QuantizedRowTest {
    private final QuantizedRow row = new QuantizedRow(4);

    @Test
    void theLargestEntryHasTheLastLevelAndWhatIsLostStays() {
        float[] weights = {254, -254, 1.5f, 0};
        row.take(weights);
        assertEquals(2, row.scale);
        assertArrayEquals(new byte[] {(byte) 255, 1, (byte) 129, (byte) 128}, row.values);
        assertArrayEquals(new float[] {0, 0, -0.5f, 0}, weights);
    }

    @Test
    void aRowOfZerosIsOne() {
        row.take(new float[4]);
        assertEquals(0, row.scale);
        assertArrayEquals(new byte[] {(byte) 128, (byte) 128, (byte) 128, (byte) 128}, row.values);
    }
}
