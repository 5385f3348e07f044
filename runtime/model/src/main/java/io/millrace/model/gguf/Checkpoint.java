package io.millrace.model.gguf;

import java.util.List;
import java.util.Map;

/**
 * The tensors of an open model. Whatever file they come from, they go by GGUF's names and types here, with rows first; all
 * that follows knows no other.
 */
public interface Checkpoint extends AutoCloseable {
    /** In the order of the file. Unmodifiable. */
    Map<String, GgufTensor> byName();

    /** Whether there is a tensor of this name. */
    default boolean has(String name) {
        return byName().containsKey(name);
    }

    /** @throws GgufException where there is no tensor of this name */
    default GgufTensor tensor(String name) throws GgufException {
        GgufTensor tensor = byName().get(name);
        if (tensor == null) {
            throw GgufException.missing("tensor " + name);
        }
        return tensor;
    }

    /** The elements of a small tensor, as a decoder wants them: RMS norms multiply by them. */
    float[] vector(String name) throws GgufException;

    default List<GgufTensor> tensors() {
        return List.copyOf(byName().values());
    }

    /** The tensors' data are gone then. */
    @Override
    void close();
}
