package io.millrace.ort.cuda;

/** The libraries without which no device opens. */
record CudaLibraries(CudaDriver driver, CudaRuntime runtime, Nvrtc nvrtc, CublasLt cublasLt) {
    /** @throws IllegalStateException where one is not there; {@link CudaSupport} tells before */
    static CudaLibraries load(LibraryFinder finder) {
        return new CudaLibraries(
                CudaDriver.find(finder).orElseThrow(() -> missing("libcuda")),
                CudaRuntime.find(finder).orElseThrow(() -> missing("libcudart")),
                Nvrtc.find(finder).orElseThrow(() -> missing("libnvrtc")),
                CublasLt.find(finder).orElseThrow(() -> missing("libcublasLt")));
    }

    private static IllegalStateException missing(String library) {
        return new IllegalStateException("this machine lacks " + library);
    }
}
