package io.millrace.ort.paged;

import io.millrace.ort.capi.OrtFailure;
import io.millrace.ort.device.DeviceException;

/** What it means that a device, or ONNX Runtime on it, failed. */
final class DeviceFailure {
    private DeviceFailure() {}

    /** Whether memory ran out, in an operator of ours too, and the device is as it was. */
    static boolean outOfMemory(RuntimeException failure) {
        RuntimeException root = failure.getCause() instanceof DeviceException device ? device : failure;
        return root instanceof DeviceException device
                ? device.kind() == DeviceException.Kind.OUT_OF_MEMORY
                : root instanceof OrtFailure ort && ort.outOfMemory();
    }
}
