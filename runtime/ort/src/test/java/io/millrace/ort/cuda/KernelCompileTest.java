package io.millrace.ort.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** NVRTC needs no GPU, only its library: where that is not installed these tests do not run, and say so. */
final class KernelCompileTest {
    private static final List<String> SOURCES =
            List.of("elementwise.cu", "quantize.cu", "gemv.cu", "sample.cu", "decode.cu", "peer.cu");

    private Nvrtc nvrtc;

    @BeforeEach
    void findNvrtc() {
        Optional<Nvrtc> found = Nvrtc.find(LibraryFinder.system());
        assumeTrue(
                found.isPresent(),
                "libnvrtc is not installed: pip install nvidia-cuda-nvrtc-cu12 and name its " + "folder in "
                        + LibraryFinder.FOLDERS_VARIABLE);
        nvrtc = found.orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(ActivationType.class)
    void everyKernelCompilesWithoutHeadersOfCuda(ActivationType type) {
        for (String source : SOURCES) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment code =
                        nvrtc.compile(KernelSource.read(source), CudaModule.compileOptions(type, "sm_90"), arena);
                assertEquals("\u007fELF", new String(code.asSlice(0, 4).toArray(ValueLayout.JAVA_BYTE)), source);
            }
        }
    }

    @Test
    void allButEightBitsCompileForDevicesThatLackThem() {
        try (Arena arena = Arena.ofConfined()) {
            for (String source : List.of("elementwise.cu", "gemv.cu", "sample.cu", "decode.cu", "peer.cu")) {
                nvrtc.compile(
                        KernelSource.read(source), CudaModule.compileOptions(ActivationType.FP16, "sm_80"), arena);
            }
        }
    }

    @Test
    void anErrorSaysWhatTheCompilerSaid() {
        KernelSource broken = new KernelSource("broken.cu", "__global__ void f() { missing(); }", Map.of());
        try (Arena arena = Arena.ofConfined()) {
            IllegalStateException e = assertThrows(
                    IllegalStateException.class,
                    () -> nvrtc.compile(broken, CudaModule.compileOptions(ActivationType.FP16, "sm_90"), arena));
            assertTrue(e.getMessage().contains("missing"), e.getMessage());
        }
    }
}
