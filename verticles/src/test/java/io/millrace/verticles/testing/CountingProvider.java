package io.millrace.verticles.testing;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import io.millrace.engine.DeviceUse;
import io.millrace.engine.KvSharing;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelStage;
import io.millrace.engine.PromptPace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Lets a whole node run a stage of the test's own: {@link #DEVICE} is its device, and the model's name finds the stage. */
public final class CountingProvider implements ModelRunnerProvider {
    /** A device that no machine has. */
    public static final String DEVICE = "cuda:999";

    /** Two of them. */
    public static final String TWO_DEVICES = "cuda:999,998";

    private static final String SECOND = "cuda:998";

    static final int VOCABULARY = 8192;
    static final int END = 256;
    private static final Map<String, ModelStage> STAGES = new ConcurrentHashMap<>();
    private static final Map<String, String> TEMPLATES = new ConcurrentHashMap<>();

    /** From now on {@code model}, which begins with {@code random:}, is this stage. */
    public static void serve(String model, ModelStage stage) {
        STAGES.put(model, stage);
    }

    /** From now on {@code model} is these stages, each on one of {@link #TWO_DEVICES}. */
    public static void serve(String model, ModelStage first, ModelStage second) {
        serve(model, first);
        serve(model + SECOND, second);
    }

    /** As {@link #serve(String, ModelStage)}, of a model with a chat template. */
    public static void serve(String model, ModelStage stage, String chatTemplate) {
        TEMPLATES.put(model, chatTemplate);
        serve(model, stage);
    }

    @Override
    public boolean runsOn(String device) {
        return device.equals(DEVICE) || device.equals(SECOND);
    }

    @Override
    public LoadedModel load(LoadOptions options) throws IOException {
        String name = options.model().toString();
        ModelStage stage = STAGES.get(options.device().equals(DEVICE) ? name : name + SECOND);
        if (stage == null) {
            throw new IOException("no test serves " + name);
        }
        return new LoadedModel(
                new ModelManifest(name, 1, 1, 1, 1, 1, 1, VOCABULARY, 8192, 1, 1, false, true, false),
                tokenizer(Optional.ofNullable(TEMPLATES.get(name))),
                List.of(stage),
                true,
                false,
                PromptPace.of(Integer.MAX_VALUE),
                KvSharing.NONE,
                () -> List.of(new DeviceUse(options.device(), 0.25, 3, 8, 125)),
                "a model that counts");
    }

    /** Every byte is a token; so are the end and, up to the vocabulary's size, numbers that no text holds. */
    static TokenizerSpec tokenizer(Optional<String> chatTemplate) {
        List<String> tokens = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        int spare = 0x100;
        for (int value = 0; value < END; value++) {
            boolean printable = value >= 0x21 && value <= 0x7e || value >= 0xa1 && value != 0xad;
            tokens.add(String.valueOf((char) (printable ? value : spare++)));
            types.add(1);
        }
        tokens.add("</s>");
        types.add(3);
        while (tokens.size() < VOCABULARY) {
            tokens.add("<" + tokens.size() + ">");
            types.add(1);
        }
        return new TokenizerSpec("gpt2", "gpt-2", tokens, types, List.of(), -1, END, -1, false, chatTemplate);
    }
}
