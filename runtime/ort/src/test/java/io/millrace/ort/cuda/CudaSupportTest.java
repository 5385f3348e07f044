package io.millrace.ort.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class CudaSupportTest {
    private static final int NEW_DRIVER = 12_080;

    @Test
    void aMachineThatHasAllIsReady() {
        assertEquals(
                new CudaSupport.Diagnosis.Ready(),
                CudaSupport.diagnose(1, FakeLibraries.ofMachine(NEW_DRIVER, 2), true));
    }

    @Test
    void aBuildForTheCpuIsNamedBeforeAllElse() {
        assertMissing("-Pcuda", CudaSupport.diagnose(0, FakeLibraries.none(), false));
    }

    @Test
    void aMachineWithoutADriverIsToldWhichToInstall() {
        assertMissing("no NVIDIA driver (libcuda.so.1)", CudaSupport.diagnose(0, FakeLibraries.none(), true));
    }

    @Test
    void anOldDriverIsToldWhatItServes() {
        assertMissing("up to 11.8 only", CudaSupport.diagnose(0, FakeLibraries.ofMachine(11_080, 1), true));
    }

    @Test
    void aDeviceThatIsNotThereIsToldHowManyAre() {
        assertMissing(
                "no device cuda:2: the driver finds 2, from cuda:0 on",
                CudaSupport.diagnose(2, FakeLibraries.ofMachine(NEW_DRIVER, 2), true));
        assertMissing("finds none", CudaSupport.diagnose(0, FakeLibraries.ofMachine(NEW_DRIVER, 0), true));
    }

    @Test
    void eachMissingLibraryIsNamedWithTheVariableThatFindsIt() {
        for (String soname : new String[] {"libcudart.so.12", "libcublasLt.so.12", "libnvrtc.so.12"}) {
            FakeLibraries libraries = FakeLibraries.ofMachine(NEW_DRIVER, 1).without(soname);
            assertMissing(soname, CudaSupport.diagnose(0, libraries, true));
            assertMissing(LibraryFinder.FOLDERS_VARIABLE, CudaSupport.diagnose(0, libraries, true));
        }
    }

    private static void assertMissing(String text, CudaSupport.Diagnosis diagnosis) {
        String reason =
                assertInstanceOf(CudaSupport.Diagnosis.Missing.class, diagnosis).reason();
        assertTrue(reason.contains(text), reason);
    }
}
