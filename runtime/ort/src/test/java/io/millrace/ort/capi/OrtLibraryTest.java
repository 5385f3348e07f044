package io.millrace.ort.capi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.onnxruntime.OrtEnvironment;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class OrtLibraryTest {
    @Test
    void theLibraryIsTheOneOfTheJavaApi() {
        assertSame(OrtEnvironment.getEnvironment(), OrtRuntime.environment());
        assertEquals(OrtRuntime.environment().getVersion(), OrtRuntime.version());
    }

    @Test
    void aLibraryThatIsTooOldIsRefusedByItsVersion() {
        IllegalStateException refusal =
                assertThrows(IllegalStateException.class, () -> OrtLibrary.check("1.25.1", MemorySegment.NULL));
        assertEquals(
                "ONNX Runtime with API version 29 (1.29 or later) is needed, but 1.25.1 was found",
                refusal.getMessage());
    }
}
