package io.millrace.verticles.app.probe;

import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelProbe;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where the time of a model goes, node by node.
 *
 * @param prompts steps of one prompt each
 * @param decodes steps of one token per row
 */
public record Profile(List<NodeTime> prompts, List<NodeTime> decodes) {
    private static final int WARM_STEPS = 8;

    public Profile {
        prompts = List.copyOf(prompts);
        decodes = List.copyOf(decodes);
    }

    /**
     * Runs the model for as many rows as its options have.
     *
     * @param promptTokens of each row's prompt, at most the options' token budget
     * @param tokens       decoded in every row
     */
    public static Profile of(ModelProbe probe, LoadOptions options, int promptTokens, int tokens) throws IOException {
        Path folder = Files.createTempDirectory("millrace-profile");
        try {
            int rows = options.limits().maxBatch();
            try (LoadedModel model = probe.profiled(options, folder).model()) {
                StepByStep steps = new StepByStep(
                        model, options.limits().blockTokens(), options.limits().contextTokens());
                int[] prompt = new int[promptTokens];
                Arrays.setAll(prompt, i -> i % model.manifest().vocabulary());
                pass(steps, rows, prompt, WARM_STEPS);
                pass(steps, rows, prompt, tokens);
            }
            // Profiles are whole once their sessions are closed.
            return split(ProfileFile.readAll(folder), rows);
        } finally {
            delete(folder);
        }
    }

    private static void pass(StepByStep steps, int rows, int[] prompt, int tokens) throws IOException {
        int[] last = steps.prompts(rows, prompt);
        for (int i = 0; i < tokens; i++) {
            last = steps.decode(prompt.length + i, last);
        }
    }

    /** A session runs once for each step: of a prompt a row, or of all rows. */
    private static Profile split(List<NodeTime> all, int rows) {
        int warm = rows + WARM_STEPS;
        return new Profile(
                all.stream()
                        .filter(node -> node.run() >= warm && node.run() < warm + rows)
                        .toList(),
                all.stream().filter(node -> node.run() >= warm + rows).toList());
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
