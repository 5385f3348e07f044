package io.millrace.ort;

import io.millrace.api.Limits;
import io.millrace.engine.CpuAttention;
import io.millrace.engine.KvSharing;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelProbe.Probed;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelStage;
import io.millrace.engine.PromptPace;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.graph.WeightPrecision;
import io.millrace.ort.attention.CachedAttention;
import io.millrace.ort.capi.OrtFailure;
import io.millrace.ort.linux.MachineMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** GGUF files, Hugging Face directories and converted ones on the CPU, in any {@link WeightPrecision}; float32 cache. */
public final class CpuRunnerProvider implements ModelRunnerProvider {
    private static final System.Logger LOG = System.getLogger(CpuRunnerProvider.class.getName());

    private static final String CPU = "cpu";

    /** Two cores compute 32, 128 and 256 tokens of a prompt at the same rate (loadtest/RESULTS.md). */
    private static final int PROMPT_TOKENS = 128;

    @Override
    public boolean runsOn(String device) {
        return device.equals(CPU);
    }

    @Override
    public Optional<String> automatic() {
        return Optional.of(CPU);
    }

    @Override
    public LoadedModel load(LoadOptions options) throws IOException {
        return load(options, StageSetup.SERVING).model();
    }

    static Probed load(LoadOptions options, StageSetup setup) throws IOException {
        check(options);
        CpuModel model = CpuModel.open(options);
        checkAttention(options, model);
        Limits limits = options.limits();
        // By the stage that has least threads: all compute the same steps.
        int narrow = StageAssembly.narrowLanes(
                threads(options.threads(), model.shards().size(), 0), model.precision(), setup);
        MemoryNeed need = MemoryNeed.of(
                model.manifest(), model.held().size(), limits, model.bytes(), model.precision(), 1 + narrow);
        MachineMemory machine = MachineMemory.look();
        need.check(model.manifest(), limits, options.replicas(), machine.most());
        need.warning(machine).ifPresent(warning -> LOG.log(System.Logger.Level.WARNING, warning));
        LoadedModel loaded = new LoadedModel(
                model.manifest(),
                model.tokenizer(),
                stages(options, model, setup),
                model.whole(),
                true,
                new PromptPace(PROMPT_TOKENS, Math.max(1, narrow)),
                KvSharing.BY_COPY,
                List::of,
                describe(options, model, need));
        return new Probed(loaded, model.bytes());
    }

    private static void check(LoadOptions options) throws IOException {
        if (options.model().toString().startsWith("random:")) {
            throw new IOException("model: " + options.model() + " has no file, and the CPU's runner needs one");
        }
        if (options.tensorParallel() > 1) {
            throw new IOException(
                    "tensor-parallel: " + options.tensorParallel() + " needs as many GPUs; the CPU is one");
        }
        if (WeightPrecision.named(options.precision()).isEmpty()) {
            throw new IOException(
                    "precision: " + options.precision() + " is not for the CPU; its weights are int8, int4,"
                            + " w8a8, fp16, fp8, fp32, or with auto of 4 bits where the file's are, else of 8");
        }
        if (!List.of(AUTO, "same").contains(options.kvPrecision())) {
            throw new IOException(
                    "kv-precision: " + options.kvPrecision() + " is not for the CPU; its cache is float32");
        }
    }

    private static void checkAttention(LoadOptions options, CpuModel model) throws IOException {
        if (options.cpuAttention() == CpuAttention.JAVA) {
            boolean module =
                    ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
            Optional<String> missing = JavaAttention.missing(model.manifest(), module, CachedAttention.isFast());
            if (missing.isPresent()) {
                throw new IOException("cpu-attention: java needs " + missing.get());
            }
        }
    }

    /**
     * Positions per slot: one to spare for {@link SlotStates#fillerPosition}. {@link JavaAttention} has up to 15 more, which are
     * too few to be counted as what a model needs.
     */
    static int capacity(Limits limits) {
        return limits.contextTokens() + 1;
    }

    private static List<ModelStage> stages(LoadOptions options, CpuModel model, StageSetup setup) throws IOException {
        List<ModelStage> stages = new ArrayList<>();
        try {
            for (CpuModel.Shard shard : model.shards()) {
                int threads = threads(options.threads(), model.shards().size(), stages.size());
                StageAssembly assembly = new StageAssembly(
                        model.manifest(),
                        shard.cut(),
                        options.limits(),
                        setup,
                        model.precision(),
                        options.cpuAttention());
                stages.add(assembly.stage(shard.graph(), model.folder(), threads));
            }
            return stages;
        } catch (OrtFailure | OutOfMemoryError e) {
            stages.forEach(ModelStage::close);
            throw new IOException(options.model() + " does not load: " + e.getMessage(), e);
        }
    }

    /** An even share, at least 1; what is left over goes to the last stages, of which one has the head. */
    static int threads(int threads, int stages, int stage) {
        return Math.max(1, threads / stages + (stage >= stages - threads % stages ? 1 : 0));
    }

    private static String describe(LoadOptions options, CpuModel model, MemoryNeed need) {
        ShardCut held = model.held();
        return "CPU, %d threads, layers %d to %d of %d in %d shards, weights of %d MiB in %s, float32 cache of up to %d MiB"
                .formatted(
                        options.threads(),
                        held.first(),
                        held.end() - 1,
                        held.layers(),
                        model.shards().size(),
                        need.file() >> 20,
                        model.precision() == WeightPrecision.AUTO
                                ? "4 and 8 bits"
                                : model.precision().label(),
                        need.slots() * need.perSlot() >> 20);
    }
}
