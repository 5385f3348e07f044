package io.millrace.verticles.app;

import io.millrace.verticles.app.models.FetchException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Brings a named model into the cache. */
@Command(
        name = "pull",
        description = "Fetches a model of conf/models.yaml into the cache and checks its SHA-256.",
        mixinStandardHelpOptions = true)
final class PullCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigOptions config;

    @Parameters(paramLabel = "NAME", description = "The model's name, as smollm2.")
    private String name;

    @Override
    public Integer call() throws FetchException {
        var files = new ModelFiles(
                config.load(Optional.empty(), Map.of()), spec.commandLine().getErr());
        spec.commandLine().getOut().println(files.pull(name));
        return 0;
    }
}
