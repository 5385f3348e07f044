package io.millrace.verticles.app;

import io.millrace.api.TokenizerSpec;
import io.millrace.engine.ModelConverter;
import io.millrace.engine.ModelConverter.Order;
import io.millrace.text.Tokenizer;
import io.millrace.verticles.app.config.ConfigException;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.app.models.FetchException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a model as the CPU's runner maps it. */
@Command(
        name = "convert",
        description = "Writes a model's weights in another precision, as a directory that serve, run and bench load.",
        mixinStandardHelpOptions = true)
final class ConvertCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigOptions options;

    @Parameters(
            paramLabel = "MODEL",
            description = "A model of conf/models.yaml, a GGUF file, or a directory of safetensors.")
    private String model;

    @Option(
            names = "--to",
            paramLabel = "PRECISION",
            required = true,
            description = "Of the weights: int8, int4, w8a8, fp16 or fp8 (stored so, computed in fp32) or fp32.")
    private String precision;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "The directory to write; must not exist.")
    private Path out;

    @Option(names = "--shards", paramLabel = "N", description = "Pipeline stages to cut the model into.")
    private Optional<String> shards = Optional.empty();

    @Override
    public Integer call() throws IOException, FetchException {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("model", model);
        shards.ifPresent(value -> flags.put("shards", value));
        NodeConfig config = options.load(Optional.empty(), flags);
        ModelConverter converter = ServiceLoader.load(ModelConverter.class)
                .findFirst()
                .orElseThrow(() -> new IOException("nothing on the class path converts models"));
        if (!converter.precisions().contains(precision)) {
            throw new ConfigException("--to: there is no quantization \"" + precision + "\"; there are "
                    + String.join(", ", converter.precisions()));
        }
        Path file = new ModelFiles(config, spec.commandLine().getErr()).locate();
        checkTokenizer(file, converter.tokenizer(file));
        long bytes = converter.convert(new Order(file, precision, config.shards(), out));
        spec.commandLine()
                .getOut()
                .printf("%s: %d MB of weights in %s, %d shards%n", out, bytes / 1_000_000, precision, config.shards());
        return 0;
    }

    /** The weights would be all that is right of it. */
    private static void checkTokenizer(Path file, TokenizerSpec tokenizer) throws IOException {
        try {
            Tokenizer.of(tokenizer).close();
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }
}
