package io.millrace.verticles.app;

import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.verticles.app.config.ConfigException;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.app.probe.Profile;
import io.millrace.verticles.app.probe.ProfileTable;
import io.millrace.verticles.app.probe.TraceFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says where a model's time goes. */
@Command(
        name = "profile",
        description = {
            "Runs a model and shows the time of its layers and operators, as ONNX Runtime measures them.",
            "The whole goes into a trace file that ui.perfetto.dev opens."
        },
        mixinStandardHelpOptions = true)
final class ProfileCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private NodeOptions node;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            defaultValue = "128",
            description = "Length of each row's prompt (${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "32",
            description = "Tokens decoded in each row (${DEFAULT-VALUE}).")
    private int tokens;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "1",
            description = "Sequences that decode at once (${DEFAULT-VALUE}).")
    private int rows;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            defaultValue = "millrace-trace.json",
            description = "Where the trace goes (${DEFAULT-VALUE}).")
    private Path trace;

    @Override
    public Integer call() throws IOException {
        Map<String, String> flags = new LinkedHashMap<>();
        flags.put("limits.max-batch", Integer.toString(rows));
        NodeConfig config = node.load(flags);
        Numa.place(config);
        if (promptTokens < 2
                || tokens < 1
                || (long) promptTokens + tokens > config.limits().contextTokens()) {
            throw new ConfigException("--prompt-tokens " + promptTokens + " and --max-tokens " + tokens
                    + " are to be at least 2 and 1, and together no more than limits.context-tokens: "
                    + config.limits().contextTokens());
        }
        Path model = new ModelFiles(config, spec.commandLine().getErr()).locate();
        LoadOptions options = ReplicaStart.options(config, model);
        Profile profile = Profile.of(Probes.on(options.device()), options, promptTokens, tokens);
        spec.commandLine().getOut().print(ProfileTable.of(profile));
        TraceFile.write(trace, profile);
        spec.commandLine().getOut().println("trace: " + trace + ", for https://ui.perfetto.dev");
        return 0;
    }
}
