package io.millrace.model.graph;

/** Element types of the tensors in our graphs, with the numbers of onnx.proto's {@code TensorProto.DataType}. */
enum ElementType {
    FLOAT32(1, 4),
    UINT8(2, 1),
    INT32(6, 4),
    INT64(7, 8);

    final int onnx;
    final int bytes;

    ElementType(int onnx, int bytes) {
        this.onnx = onnx;
        this.bytes = bytes;
    }
}
