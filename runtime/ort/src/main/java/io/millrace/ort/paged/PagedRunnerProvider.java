package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import io.millrace.engine.KvSharing;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelStage;
import io.millrace.engine.PromptPace;
import io.millrace.model.checkpoint.OpenedModel;
import io.millrace.model.converted.ConvertedModel;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.RandomModel;
import io.millrace.model.paged.RankWeights;
import io.millrace.model.paged.ShardPlan;
import io.millrace.ort.capi.OrtFailure;
import io.millrace.ort.device.DeviceException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Models over a paged cache: on NVIDIA GPUs as {@code cuda:0} or {@code cuda:0,1}, and as {@code host} on the CPU in
 * float32, which is slower than {@code cpu} and there to be compared with.
 */
public final class PagedRunnerProvider implements ModelRunnerProvider {
    static final String HOST = "host";

    private final UnaryOperator<RankDevices> around;

    public PagedRunnerProvider() {
        this(UnaryOperator.identity());
    }

    /** @param around what the devices of every model are put into, such as what watches them */
    PagedRunnerProvider(UnaryOperator<RankDevices> around) {
        this.around = around;
    }

    @Override
    public boolean runsOn(String device) {
        return device.equals(HOST) || CudaRankDevices.runsOn(device);
    }

    @Override
    public Optional<String> automatic() {
        return CudaRankDevices.automatic();
    }

    @Override
    public LoadedModel load(LoadOptions options) throws IOException {
        try {
            Optional<RandomModel> random = RandomModel.named(options.model().toString());
            return random.isPresent() ? load(options, random.get()) : loadFile(options);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        } catch (DeviceException | OrtFailure e) {
            throw new IOException(options.model() + " does not load: " + e.getMessage(), e);
        }
    }

    private LoadedModel load(LoadOptions options, RandomModel model) throws IOException {
        RankDevices devices = devices(options, model.manifest());
        PagedPrecision precision = precision(options, devices);
        PagedModel.Weights weights = rank -> RankWeights.random(model, rank, precision);
        return load(options, model.manifest(), model.tokenizer(), devices, precision, weights);
    }

    private LoadedModel loadFile(LoadOptions options) throws IOException {
        if (ConvertedModel.isAt(options.model())) {
            throw new IOException(options.model() + " was converted for the CPU: its graphs run with device cpu, not "
                    + options.device() + ", which takes the model file itself");
        }
        try (OpenedModel opened = OpenedModel.open(options.model())) {
            ModelManifest manifest = opened.manifest();
            RankDevices devices = devices(options, manifest);
            PagedPrecision precision = precision(options, devices);
            PagedModel.Weights weights = rank -> RankWeights.of(opened.weights(), manifest, rank, precision);
            return load(options, manifest, opened.tokenizer(), devices, precision, weights);
        }
    }

    private RankDevices devices(LoadOptions options, ModelManifest manifest) throws IOException {
        if (!options.device().equals(HOST)) {
            return around.apply(CudaRankDevices.of(options.device(), options.limits()));
        }
        int ranks = options.loaded() * options.tensorParallel();
        int threads = Math.max(1, options.threads() / ranks);
        return around.apply(new HostRankDevices(manifest.vocabulary(), threads, PagedModel.PATIENCE_SECONDS));
    }

    private static PagedPrecision precision(LoadOptions options, RankDevices devices) {
        String cache = options.kvPrecision().equals("same") ? AUTO : options.kvPrecision();
        return PagedPrecision.named(options.precision(), cache, devices.dialect());
    }

    private static LoadedModel load(
            LoadOptions options,
            ModelManifest manifest,
            TokenizerSpec tokenizer,
            RankDevices devices,
            PagedPrecision precision,
            PagedModel.Weights weights)
            throws IOException {
        Limits limits = options.limits();
        if (limits.contextTokens() > manifest.contextLength()) {
            throw new IOException("contextTokens is " + limits.contextTokens() + ", but " + manifest.name()
                    + " was made for at most " + manifest.contextLength());
        }
        ShardPlan all = ShardPlan.of(manifest, options.tensorParallel(), options.shards());
        ShardPlan plan = options.stage().isPresent() ? all.only(options.stage().getAsInt()) : all;
        if (devices.count().isPresent()
                && devices.count().getAsInt() != plan.ranks().size()) {
            throw new IOException("device names " + devices.count().getAsInt() + " devices, but " + options.loaded()
                    + " shards of " + options.tensorParallel() + " tensor-parallel ranks want "
                    + plan.ranks().size());
        }
        List<ModelStage> stages = new PagedModel(manifest, precision, limits, devices, weights).stages(plan);
        return new LoadedModel(
                manifest,
                tokenizer,
                stages,
                options.shards() == 1,
                true,
                PromptPace.of(limits.tokenBudget()),
                KvSharing.IN_PLACE,
                devices.use(),
                "%s, %d tensor-parallel ranks in each of %d stages, %s of %d blocks of %d tokens"
                        .formatted(
                                devices.names(),
                                options.tensorParallel(),
                                options.loaded(),
                                precision.describe(),
                                limits.kvBlocks(),
                                limits.blockTokens()));
    }
}
