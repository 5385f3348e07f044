package io.millrace.verticles.app;

import io.millrace.engine.ModelProbe;
import java.io.IOException;
import java.util.Optional;
import java.util.ServiceLoader;

/** The probes on the class path. */
final class Probes {
    private Probes() {}

    /** @throws IOException where models on {@code device} cannot be measured so */
    static ModelProbe on(String device) throws IOException {
        return find(device)
                .orElseThrow(() -> new IOException("device: models are measured so on the CPU, not on " + device));
    }

    static Optional<ModelProbe> find(String device) {
        return ServiceLoader.load(ModelProbe.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(probe -> probe.runsOn(device))
                .findFirst();
    }
}
