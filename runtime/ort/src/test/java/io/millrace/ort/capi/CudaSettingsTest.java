package io.millrace.ort.capi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;

/** What can be told of the CUDA provider without a GPU. */
class CudaSettingsTest {
    @AfterEach
    void noHandleIsLeft() {
        assertEquals(Map.of(), HandleCount.live());
    }

    /** In a build with -Pcuda. */
    static boolean providerIsThere() {
        OrtRuntime.environment();
        return OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
    }

    @Test
    void memoryIsTakenAsRequestedUnlessAnOptionSaysElse() {
        CudaSettings settings = new CudaSettings(2, MemorySegment.NULL, Map.of());
        assertEquals(Map.of("device_id", "2", "arena_extend_strategy", "kSameAsRequested"), settings.options());
        CudaSettings other = new CudaSettings(
                0, MemorySegment.NULL, Map.of("arena_extend_strategy", "kNextPowerOfTwo", "use_tf32", "0"));
        assertEquals(
                Map.of("device_id", "0", "arena_extend_strategy", "kNextPowerOfTwo", "use_tf32", "0"), other.options());
    }

    @Test
    @DisabledIf("providerIsThere") // There the provider itself answers, or the GPU.
    void aSessionForAGpuSaysThatTheBuildHasNone() {
        SessionSettings settings = new SessionSettings().cuda(0, MemorySegment.NULL);
        OrtFailure failure = assertThrows(OrtFailure.class, () -> NativeSession.create(new byte[0], settings));
        assertTrue(failure.getMessage().contains("-Pcuda"), failure.getMessage());
    }

    /** Each says so in words of its own, which shows that its position in the table is right. */
    @Test
    @DisabledIf("providerIsThere") // There they work, or look for a GPU.
    void theFunctionsForGpusSayThatTheBuildHasNone() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment none = MemorySegment.NULL;
            MemorySegment text = arena.allocateFrom("user_compute_stream");
            MemorySegment out = arena.allocate(ValueLayout.ADDRESS);
            String noCuda = "CUDA execution provider is not enabled";
            assertFails(noCuda, () -> OrtApi.CREATE_CUDA_OPTIONS.call(out));
            assertFails(noCuda, () -> OrtApi.UPDATE_CUDA_OPTIONS.call(none, out, out, 0));
            assertFails(noCuda, () -> OrtApi.UPDATE_CUDA_OPTION_WITH_VALUE.call(none, text, none));
            try (Handle options = new SessionSettings().handle()) {
                assertFails("ExecutionProvider_Cuda", () -> OrtApi.APPEND_CUDA.call(options.pointer(), out));
            }
        }
    }

    private static void assertFails(String message, Runnable call) {
        OrtFailure failure = assertThrows(OrtFailure.class, call::run);
        assertTrue(failure.getMessage().contains(message), failure.getMessage());
    }
}
