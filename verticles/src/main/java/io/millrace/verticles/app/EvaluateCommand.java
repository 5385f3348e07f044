package io.millrace.verticles.app;

import io.millrace.engine.ModelProbe;
import io.millrace.verticles.app.config.ConfigException;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.app.probe.Evaluated;
import io.millrace.verticles.app.probe.Evaluation;
import io.millrace.verticles.app.probe.EvaluationTable;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what a precision costs. */
@Command(
        name = "evaluate",
        description = {
            "Compares precisions of a model, or models, on a text.",
            "Shows perplexity, agreement with the first, size, memory and speed. --precision takes several, as fp32,int8; the"
                    + " first of all is what the others are compared with."
        },
        mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
    private static final String ALL = "fp32,fp16,fp8,int8,w8a8,int4";

    @Spec
    private CommandSpec spec;

    @Mixin
    private NodeOptions node;

    @Parameters(
            paramLabel = "MODEL",
            description = "A model of conf/models.yaml, a GGUF file, or a converted directory.")
    private String model;

    @Option(
            names = "--against",
            paramLabel = "MODEL",
            description = "Compare with this model, in the precision that it would be served in.")
    private Optional<String> against = Optional.empty();

    @Option(names = "--text", paramLabel = "FILE", description = "UTF-8 (default: conf/evaluate.txt).")
    private Optional<Path> text = Optional.empty();

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "2048",
            description = "Most tokens of the text (${DEFAULT-VALUE}).")
    private int tokens;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "512",
            description = "Tokens that a prediction sees at most (${DEFAULT-VALUE}).")
    private int window;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "1",
            description = "Sequences that decode at once when the speed is measured (${DEFAULT-VALUE}).")
    private int rows;

    @Option(names = "--out", paramLabel = "FILE", description = "Also write the tables to a Markdown file.")
    private Optional<Path> out = Optional.empty();

    @Override
    public Integer call() throws IOException {
        if (tokens < 2) {
            throw new ConfigException(
                    "--tokens: " + tokens + " is not at least 2: a prediction and what it comes from");
        }
        Numa.place(config(model, precisions().getFirst()));
        String words = text(text.orElseGet(() -> ConfigOptions.home().resolve("conf/evaluate.txt")));
        List<Evaluation.Subject> subjects = new ArrayList<>();
        if (against.isPresent()) {
            subjects.add(subject(against.get(), "auto"));
        }
        for (String precision : precisions()) {
            subjects.add(subject(model, precision));
        }
        String device = subjects.getFirst().options().device();
        ModelProbe probe = Probes.on(device);
        List<Evaluated> all = new Evaluation(words, tokens, ReplicaStart::load, probe).run(subjects);
        String table = EvaluationTable.of(all);
        spec.commandLine().getOut().print(table);
        spec.commandLine().getOut().flush();
        if (out.isPresent()) {
            Files.writeString(out.get(), table);
        }
        return 0;
    }

    private static String text(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new IOException("--text: " + file + " is not UTF-8", e);
        }
    }

    /** A directory has one precision, and is compared with another model. */
    private List<String> precisions() {
        return List.of(node.precision()
                .orElse(Files.isDirectory(Path.of(model)) ? "auto" : ALL)
                .split(","));
    }

    private Evaluation.Subject subject(String name, String precision) throws IOException {
        NodeConfig config = config(name, precision);
        Path located = new ModelFiles(config, spec.commandLine().getErr()).locate();
        String label = Path.of(name).getFileName() + (precision.equals("auto") ? "" : " " + precision);
        return new Evaluation.Subject(label, ReplicaStart.options(config, located));
    }

    private NodeConfig config(String name, String precision) {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("model", name);
        flags.put("precision", precision);
        flags.put("shards", "1");
        flags.put("limits.max-batch", Integer.toString(rows));
        flags.put("limits.context-tokens", Integer.toString(window));
        flags.put("limits.block-tokens", Integer.toString(window));
        flags.put("limits.kv-blocks", Integer.toString(rows));
        // Nothing begins alike here, and whether the store's pages are touched depends on what was loaded before.
        flags.put("limits.prefix-cache-tokens", "0");
        flags.put("limits.token-budget", Integer.toString(Math.max(rows, Evaluation.STEP_TOKENS)));
        flags.put("limits.prefill-chunk", Integer.toString(Evaluation.STEP_TOKENS));
        return node.load(flags);
    }
}
