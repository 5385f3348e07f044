package io.millrace.synthetic;

import io.millrace.api.ModelManifest;
import io.millrace.engine.KvSharing;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.PromptPace;
import io.millrace.model.gguf.GgufException;
import io.millrace.model.gguf.GgufFile;
import io.millrace.model.gguf.ManifestReader;
import io.millrace.model.gguf.TokenizerReader;
import java.io.IOException;
import java.util.List;

/** Takes every device where the system property {@value #TIME} says how long steps take; see loadtest/README.md. */
public final class SyntheticRunnerProvider implements ModelRunnerProvider {
    static final String TIME = "millrace.synthetic";

    /** Below lie bytes, control and end tokens of the common BPE vocabularies. */
    private static final int FIRST_WORD = 1000;

    private static final int WORDS = 9000;

    @Override
    public boolean runsOn(String device) {
        return System.getProperty(TIME) != null;
    }

    @Override
    public LoadedModel load(LoadOptions options) throws IOException {
        try (GgufFile gguf = GgufFile.open(options.model())) {
            StepTime time = StepTime.parse(System.getProperty(TIME));
            String name = options.model().getFileName().toString().replaceFirst("\\.gguf$", "");
            ModelManifest model = ManifestReader.read(gguf, name);
            if (model.vocabulary() < FIRST_WORD + WORDS) {
                throw new IOException(options.model() + ": a synthetic run needs a vocabulary of at least "
                        + (FIRST_WORD + WORDS) + " tokens, and this one has " + model.vocabulary());
            }
            return new LoadedModel(
                    model,
                    TokenizerReader.read(gguf),
                    List.of(new SyntheticStage(time, FIRST_WORD, WORDS)),
                    true,
                    false,
                    PromptPace.of(Integer.MAX_VALUE),
                    KvSharing.NONE,
                    List::of,
                    "synthetic: " + time);
        } catch (GgufException | IllegalArgumentException e) {
            throw new IOException(options.model() + ": " + e.getMessage(), e);
        }
    }
}
