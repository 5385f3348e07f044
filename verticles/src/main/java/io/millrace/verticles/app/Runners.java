package io.millrace.verticles.app;

import io.millrace.engine.ModelRunnerProvider;
import io.millrace.verticles.app.config.NodeConfig;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The runners on the class path, and what {@code auto} comes to among them. */
final class Runners {
    private final List<ModelRunnerProvider> all;

    Runners() {
        this(ServiceLoader.load(ModelRunnerProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList());
    }

    /** @param all the earlier ones are asked first */
    Runners(List<ModelRunnerProvider> all) {
        this.all = all;
    }

    /** @throws IOException where none runs models on {@code device} */
    ModelRunnerProvider on(String device) throws IOException {
        return all.stream()
                .filter(candidate -> candidate.runsOn(device))
                .findFirst()
                .orElseThrow(() -> new IOException("no runner for device " + device + " on the class path"));
    }

    /** The configuration with what this machine has in place of {@code auto}: what must hold of devices is then checked of that. */
    NodeConfig placed(NodeConfig config) {
        return config.device().equals(ModelRunnerProvider.AUTO)
                ? all.stream()
                        .map(ModelRunnerProvider::automatic)
                        .flatMap(Optional::stream)
                        .findFirst()
                        .map(config::withDevice)
                        .orElse(config)
                : config;
    }
}
