package io.millrace.model.gguf;

import java.util.List;

/**
 * The tensors of an open model. Whatever file they come from, they go by GGUF's names and types here, with rows first; all
 * that follows knows no other.
 */
public interface Checkpoint extends AutoCloseable {
    /** Whether there is a tensor of this name. */
    boolean has(String name);

    /** @throws GgufException where there is no tensor of this name */
    GgufTensor tensor(String name) throws GgufException;

    /** The elements of a small tensor, as a decoder wants them: RMS norms multiply by them. */
    float[] vector(String name) throws GgufException;

    List<GgufTensor> tensors();

    /** The tensors' data are gone then. */
    @Override
    void close();
}
