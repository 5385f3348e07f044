package io.millrace.model.safetensors;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import io.millrace.model.gguf.Checkpoint;
import io.millrace.model.gguf.Dequantizer;
import io.millrace.model.gguf.GgufException;
import io.millrace.model.gguf.GgufTensor;
import io.millrace.model.gguf.TensorCheck;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A directory as Hugging Face lays it out, its weights mapped. Any thread may read. */
public final class HuggingFaceModel implements Checkpoint {
    static final String CONFIG = "config.json";

    private static final long MAX_CONFIG = 1 << 20;

    private final Arena arena;
    private final Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    private final boolean normsLessOne;
    private final ModelManifest manifest;
    private final TokenizerSpec tokenizer;

    private HuggingFaceModel(Path folder, String name, Arena arena) throws IOException {
        this.arena = arena;
        ConfigReader config = new ConfigReader(JsonObject.read(folder.resolve(CONFIG), MAX_CONFIG));
        this.normsLessOne = config.normsLessOne();
        addTensors(WeightFiles.map(WeightFiles.of(folder), arena), config);
        this.manifest = config.manifest(name, this);
        TensorCheck.check(this, manifest);
        this.tokenizer = TokenizerFiles.read(folder, manifest.vocabulary());
    }

    /** Whether {@code path} is a directory of this kind. */
    public static boolean isAt(Path path) {
        return Files.isRegularFile(path.resolve(CONFIG));
    }

    /** The files whose bytes decide about the weights. */
    public static List<Path> weightFiles(Path folder) throws IOException {
        return WeightFiles.of(folder);
    }

    /**
     * Opens a directory.
     *
     * @param name what clients are to call the model
     * @throws IOException where a file is missing, damaged or not supported, or they contradict each other
     */
    public static HuggingFaceModel open(Path folder, String name) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return new HuggingFaceModel(folder, name, arena);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    private void addTensors(Map<String, GgufTensor> stored, ConfigReader config) throws IOException {
        boolean postNorms = stored.containsKey("model.layers.0.pre_feedforward_layernorm.weight");
        boolean tied = config.tied(stored.containsKey("lm_head.weight"));
        for (GgufTensor tensor : stored.values()) {
            Optional<String> name = TensorNames.gguf(tensor.name(), postNorms);
            if (name.isPresent() && !(tied && name.get().equals("output.weight"))) {
                tensors.put(name.get(), new GgufTensor(name.get(), tensor.type(), tensor.shape(), tensor.data()));
            }
        }
    }

    public ModelManifest manifest() {
        return manifest;
    }

    public TokenizerSpec tokenizer() {
        return tokenizer;
    }

    @Override
    public Map<String, GgufTensor> byName() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public float[] vector(String name) throws GgufException {
        float[] vector = Dequantizer.all(tensor(name));
        if (normsLessOne && name.endsWith("_norm.weight")) {
            for (int i = 0; i < vector.length; i++) {
                vector[i] += 1;
            }
        }
        return vector;
    }

    @Override
    public void close() {
        arena.close();
    }
}
