package io.millrace.model.onnx;

/** Element types of the tensors in our graphs, with the numbers of onnx.proto's {@code TensorProto.DataType}. */
public enum ElementType {
    FLOAT32(1, 4),
    UINT8(2, 1),
    INT8(3, 1),
    INT32(6, 4),
    INT64(7, 8),
    FLOAT16(10, 2),
    BFLOAT16(16, 2),
    /** Sign, 4 bits of exponent, 3 of mantissa; no infinities, 448 is the largest. */
    FLOAT8E4M3FN(17, 1);

    private final int onnx;
    private final int bytes;

    ElementType(int onnx, int bytes) {
        this.onnx = onnx;
        this.bytes = bytes;
    }

    /** The type's number in ONNX, which is ONNX Runtime's {@code ONNXTensorElementDataType}, too. */
    public int onnx() {
        return onnx;
    }

    /** Of one element. */
    public int bytes() {
        return bytes;
    }
}
