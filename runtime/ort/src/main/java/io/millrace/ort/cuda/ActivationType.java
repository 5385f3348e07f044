package io.millrace.ort.cuda;

import java.util.List;

/** What activations, and weights that are not quantized, are made of. 2 bytes each. */
public enum ActivationType {
    FP16(2, 6, List.of()),
    BF16(14, 9, List.of("-DBF16"));

    /** In cuBLASLt: CUDA_R_16F, CUDA_R_16BF of library_types.h. */
    final int cublasType;

    /** In NCCL: ncclDataType_t. */
    final int ncclType;

    final List<String> compileOptions;

    ActivationType(int cublasType, int ncclType, List<String> compileOptions) {
        this.cublasType = cublasType;
        this.ncclType = ncclType;
        this.compileOptions = compileOptions;
    }
}
