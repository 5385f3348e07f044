package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ort.capi.HandleCount;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Weights of fewer bits on the host, where ONNX Runtime multiplies them itself, against float32. */
class PrecisionTest {
    private final List<float[]> reference = new ArrayList<>();
    private final PrecisionCheck check =
            new PrecisionCheck("random:tiny", "host", PrecisionCheck.randomTexts(3, 12, 8));

    @Test
    void fewerBitsChangeTheLogitsByAboutTheirRounding() throws Exception {
        assertEquals(0, check.compare("fp32/auto", reference).worst());
        hold(check.compare("int8/auto", reference), 1e-4, 0.02);
        hold(check.compare("int4/auto", reference), 0.02, 0.3);
        assertEquals(Map.of(), HandleCount.live());
    }

    private static void hold(PrecisionCheck.Outcome outcome, double least, double most) {
        assertTrue(outcome.rms() > least && outcome.rms() < most, outcome.toString());
    }
}
