/**
 * The few primitives with which ONNX models are put together: values, nodes, element types.
 *
 * <p>No decoder is known here; what the nodes compute is the business of the packages that build graphs.
 */
package io.millrace.model.onnx;
