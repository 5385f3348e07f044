package io.millrace.ort.cuda;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtProvider;
import io.millrace.ort.capi.OrtRuntime;
import io.millrace.ort.device.DeviceException;

/** Whether this machine and this build can run on an NVIDIA GPU, and what to do where not. */
public final class CudaSupport {
    private static final int OLDEST_DRIVER = 12_000;
    private static final String INSTALL =
            " Install CUDA 12's runtime libraries (cudart, cublas, nvrtc, cudnn 9), or name the folders that hold them in "
                    + LibraryFinder.FOLDERS_VARIABLE + " and LD_LIBRARY_PATH.";

    private CudaSupport() {}

    /** What {@link #diagnose} finds. */
    public sealed interface Diagnosis {
        record Ready() implements Diagnosis {}

        /** @param reason what is missing and how to get it; sentences */
        record Missing(String reason) implements Diagnosis {}
    }

    /** @param device ordinal, as in {@code cuda:0} */
    public static Diagnosis diagnose(int device) {
        return diagnose(device, LibraryFinder.system(), hasProvider());
    }

    static Diagnosis diagnose(int device, LibraryFinder finder, boolean hasProvider) {
        if (!hasProvider) {
            return new Diagnosis.Missing(
                    "This build is for the CPU: it lacks ONNX Runtime's CUDA provider. The one for GPUs is"
                            + " MILLRACE_BUILD=cuda ./millrace, or -Pcuda for Maven.");
        }
        return CudaDriver.find(finder)
                .map(driver -> diagnose(device, driver, finder))
                .orElseGet(
                        () -> new Diagnosis.Missing(
                                "There is no NVIDIA driver (libcuda.so.1). Install one that serves CUDA 12 (version 525 or later)."));
    }

    private static Diagnosis diagnose(int device, CudaDriver driver, LibraryFinder finder) {
        int version;
        int devices;
        try {
            version = driver.version();
            devices = driver.deviceCount();
        } catch (DeviceException e) {
            return new Diagnosis.Missing("The NVIDIA driver does not work: " + e.getMessage() + ".");
        }
        if (version < OLDEST_DRIVER) {
            return new Diagnosis.Missing("The NVIDIA driver serves CUDA up to " + version / 1000 + "."
                    + version % 1000 / 10 + " only; CUDA 12 needs version 525 or later.");
        }
        if (device >= devices) {
            return new Diagnosis.Missing("There is no device cuda:" + device + ": the driver finds "
                    + (devices == 0 ? "none." : devices + ", from cuda:0 on."));
        }
        return libraries(finder);
    }

    private static Diagnosis libraries(LibraryFinder finder) {
        if (CudaRuntime.find(finder).isEmpty()) {
            return missing("CUDA's runtime", CudaRuntime.SONAMES.getFirst());
        }
        if (CublasLt.find(finder).isEmpty()) {
            return missing("cuBLAS", CublasLt.SONAMES.getFirst());
        }
        if (Nvrtc.find(finder).isEmpty()) {
            return missing("CUDA's run-time compiler", Nvrtc.SONAMES.getFirst());
        }
        return new Diagnosis.Ready();
    }

    private static Diagnosis missing(String what, String soname) {
        return new Diagnosis.Missing(what + " (" + soname + ") was not found." + INSTALL);
    }

    private static boolean hasProvider() {
        OrtRuntime.environment();
        return OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
    }
}
