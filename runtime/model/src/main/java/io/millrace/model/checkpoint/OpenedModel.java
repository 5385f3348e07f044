package io.millrace.model.checkpoint;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import io.millrace.model.gguf.Checkpoint;
import io.millrace.model.gguf.GgufFile;
import io.millrace.model.gguf.ManifestReader;
import io.millrace.model.gguf.TokenizerReader;
import io.millrace.model.safetensors.HuggingFaceModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A model as it was published: a GGUF file, or a directory as Hugging Face lays it out.
 *
 * @param weights die with this
 */
public record OpenedModel(ModelManifest manifest, TokenizerSpec tokenizer, Checkpoint weights)
        implements AutoCloseable {

    /**
     * Opens a file or a directory. The model is called like it, without {@code .gguf}.
     *
     * @throws IOException where it is damaged, or holds a model that is not supported; the message begins with the path
     */
    public static OpenedModel open(Path path) throws IOException {
        if (Files.isDirectory(path) && !HuggingFaceModel.isAt(path)) {
            throw new IOException(path + " has no config.json: it is no directory of a model");
        }
        try {
            return HuggingFaceModel.isAt(path) ? huggingFace(path) : gguf(path);
        } catch (IOException | IllegalArgumentException e) {
            throw new IOException(path + ": " + e.getMessage(), e);
        }
    }

    private static OpenedModel gguf(Path path) throws IOException {
        GgufFile file = GgufFile.open(path);
        try {
            return new OpenedModel(ManifestReader.read(file, name(path)), TokenizerReader.read(file), file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static OpenedModel huggingFace(Path path) throws IOException {
        HuggingFaceModel model = HuggingFaceModel.open(path, name(path));
        return new OpenedModel(model.manifest(), model.tokenizer(), model);
    }

    private static String name(Path path) {
        return path.toAbsolutePath().normalize().getFileName().toString().replaceFirst("\\.gguf$", "");
    }

    @Override
    public void close() {
        weights.close();
    }
}
