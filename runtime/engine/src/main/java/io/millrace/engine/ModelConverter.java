package io.millrace.engine;

import io.millrace.api.TokenizerSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Turns a model file into a directory that a runner maps as it is. Found through {@link java.util.ServiceLoader}. */
public interface ModelConverter {
    /** Names of all that a model's weights can be converted to. */
    List<String> precisions();

    /**
     * What the model's text becomes tokens by: a converted model whose tokenizer nobody has is of no use.
     *
     * @throws IOException naming what is wrong with the model
     */
    TokenizerSpec tokenizer(Path model) throws IOException;

    /**
     * Blocks for seconds, for large models minutes.
     *
     * @return bytes of the weights
     * @throws IOException naming what is wrong with the order or the model, or that the disk is full; nothing is left behind
     */
    long convert(Order order) throws IOException;

    /**
     * @param model     a model file
     * @param precision one of {@link #precisions}
     * @param shards    graphs to cut the layers into, 1 to the number of layers
     * @param out       the directory to write, which does not exist
     */
    record Order(Path model, String precision, int shards, Path out) {}
}
