package io.millrace.engine;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import java.util.List;
import java.util.function.Supplier;

/**
 * A model ready to run, cut into stages.
 *
 * @param stages      at least one; step by step they run in this order, and different steps may be in different stages
 * @param feedsBack   whether a plan may hold {@link StepPlan#PENDING}: true where the stage that samples is also the
 *                    stage that embeds
 * @param verifiesDrafts whether a slice may draw at more than its last position ({@link StepPlan.Slice#draws})
 * @param prompts     how the device computes prompts best
 * @param sharing     how sequences share a prefix
 * @param deviceUse   asks the devices what they are doing, in about a millisecond; empty where that cannot be known. Thread-safe,
 *                    also after close
 * @param description device, precision and memory, one line for the log
 */
public record LoadedModel(
        ModelManifest manifest,
        TokenizerSpec tokenizer,
        List<ModelStage> stages,
        boolean feedsBack,
        boolean verifiesDrafts,
        PromptPace prompts,
        KvSharing sharing,
        Supplier<List<DeviceUse>> deviceUse,
        String description)
        implements AutoCloseable {
    public LoadedModel {
        stages = List.copyOf(stages);
    }

    @Override
    public void close() {
        stages.forEach(ModelStage::close);
    }
}
