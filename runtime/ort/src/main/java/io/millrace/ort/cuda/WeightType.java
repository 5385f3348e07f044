package io.millrace.ort.cuda;

/** What a matrix of weights is made of. */
enum WeightType {
    /** As the activations are. */
    HALF("half", 2),
    /** FP8 with 3 bits of mantissa, and a float32 scale for each row. */
    E4M3("e4m3", 1);

    /** In the names of kernels. */
    final String kernel;

    final int bytes;

    WeightType(String kernel, int bytes) {
        this.kernel = kernel;
        this.bytes = bytes;
    }
}
