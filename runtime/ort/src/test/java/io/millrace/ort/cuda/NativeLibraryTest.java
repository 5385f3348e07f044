package io.millrace.ort.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ort.device.DeviceException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NativeLibraryTest {
    private static final List<String> SONAMES = List.of("liba.so.1", "liba.so.2");

    @Test
    void theFirstSonameIsPreferred() {
        FakeLibraries both = FakeLibraries.none().with("liba.so.2", Map.of()).with("liba.so.1", Map.of());
        assertEquals(
                "liba.so.1",
                NativeLibrary.find(both, SONAMES, "f").orElseThrow().name());
    }

    @Test
    void anIncompleteStandInIsPassedOver() {
        FakeLibraries shim = FakeLibraries.none().withOnly("liba.so.1", "f").with("liba.so.2", Map.of());
        assertEquals(
                "liba.so.2",
                NativeLibrary.find(shim, SONAMES, "f", "g").orElseThrow().name());
    }

    @Test
    void aLibraryThatIsNowhereIsNotFound() {
        assertTrue(NativeLibrary.find(FakeLibraries.none(), SONAMES).isEmpty());
        assertTrue(LibraryFinder.in("/no/such/folder").open("libnothing.so.7").isEmpty());
    }

    @Test
    void errorCodesTellWhatCanBeDone() {
        assertEquals(DeviceException.Kind.OUT_OF_MEMORY, CudaRuntime.kind(2));
        assertEquals(DeviceException.Kind.STICKY, CudaRuntime.kind(700));
        assertEquals(DeviceException.Kind.STICKY, CudaRuntime.kind(719));
        assertEquals(DeviceException.Kind.OTHER, CudaRuntime.kind(1));
    }

    @Test
    void withoutADriverTheRuntimesErrorIsNamed() {
        Optional<CudaRuntime> runtime = CudaRuntime.find(LibraryFinder.system());
        assumeTrue(
                runtime.isPresent(),
                "libcudart is not installed: pip install nvidia-cuda-runtime-cu12 and name its " + "folder in "
                        + LibraryFinder.FOLDERS_VARIABLE);
        assumeTrue(CudaDriver.find(LibraryFinder.system()).isEmpty(), "this machine has a driver");
        DeviceException e =
                assertThrows(DeviceException.class, () -> runtime.orElseThrow().use(0));
        assertEquals(DeviceException.Kind.OTHER, e.kind());
        assertTrue(e.getMessage().contains("cudaErrorInsufficientDriver (35)"), e.getMessage());
    }

    @Test
    void everyFunctionInUseIsInTheLibrariesOfNvidia() {
        LibraryFinder system = LibraryFinder.system();
        assumeTrue(
                system.open("libnccl.so.2").isPresent()
                        && system.open("libcublasLt.so.12").isPresent(),
                "NCCL and cuBLAS are not installed: pip install nvidia-nccl-cu12 nvidia-cublas-cu12 and name their "
                        + "folders in " + LibraryFinder.FOLDERS_VARIABLE);
        assertTrue(CublasLt.find(system).isPresent());
        assertTrue(Nccl.find(system).isPresent());
    }
}
