/**
 * NVIDIA GPUs: CUDA's libraries by foreign functions, Millrace's own kernels, and the device and custom operators made
 * of them. Nothing here knows of models, sequences or steps.
 *
 * <p>Libraries are taken as they lie on the machine, by soname, and only when a device is opened: a machine without them
 * runs on its CPU, and {@link io.millrace.ort.cuda.CudaSupport} says what is missing. Kernels are compiled for the device
 * at start, by NVRTC and without headers, so no toolkit is needed. A device and all that is made on it belong to the
 * thread that opened it.
 */
package io.millrace.ort.cuda;
