package io.millrace.ort.capi;

/** A node's attributes. Valid while its kernel is made. */
public interface KernelAttributes {
    /** @throws OrtFailure where the node has no such attribute of this type */
    long integer(String name);

    /** @throws OrtFailure where the node has no such attribute of this type */
    float real(String name);
}
