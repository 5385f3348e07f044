package io.millrace.ort.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class PagedDecodeTest {
    private static final int RESIDENTS = 264;

    @Test
    void oneSequenceFillsTheDevice() {
        assertEquals(9, splits(1, 32, 9));
        assertEquals(33, splits(1, 8, 9));
    }

    @Test
    void longSequencesHaveSpansOfTheUsualLength() {
        assertEquals(8, splits(1, 64, 16));
    }

    @Test
    void manySequencesDoNotDrownInSpans() {
        assertEquals(2, splits(64, 32, 1024));
        assertEquals(1, splits(256, 32, 1024));
    }

    @Test
    void theDeviceHasRoomForSoManyPartsOnly() {
        assertEquals(64, splits(1, 1, 1024));
    }

    @Test
    void headsThatNoKernelTakesAreRefused() {
        assertTrue(refusal(96, 8, 8).contains("heads of 96"));
        assertTrue(refusal(64, 34, 2).contains("34 heads on 2"));
        assertTrue(refusal(64, 5, 2).contains("multiple"));
    }

    private static int splits(int batch, int kvHeads, int width) {
        return PagedDecode.splits(new PagedDecode.Shape(batch, kvHeads, kvHeads, 128, 256, width), RESIDENTS);
    }

    private static String refusal(int headDim, int heads, int kvHeads) {
        return assertThrows(
                        IllegalArgumentException.class, () -> new PagedDecode.Shape(1, heads, kvHeads, headDim, 256, 1))
                .getMessage();
    }
}
