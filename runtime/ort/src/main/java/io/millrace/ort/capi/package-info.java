/**
 * ONNX Runtime's C API, as far as its Java API lacks it: inputs and outputs bound to memory of our own (on a device,
 * too), custom operators in Java, a stream of our own. Functions are called through {@code java.lang.foreign}; the
 * numbers and signatures are those of onnxruntime_c_api.h, API version 29.
 *
 * <p>{@link io.millrace.ort.capi.OrtRuntime} owns the process's environment, for the Java API as well. Every object
 * holds a native handle, belongs to one thread and is closed by whoever made it;
 * {@link io.millrace.ort.capi.HandleCount} counts. What a function reports as an error is thrown as
 * {@link io.millrace.ort.capi.OrtFailure}. Nothing here knows of models, steps or CUDA's own libraries.
 */
package io.millrace.ort.capi;
