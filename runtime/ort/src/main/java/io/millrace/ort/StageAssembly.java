package io.millrace.ort;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.engine.CpuAttention;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.graph.WeightPrecision;
import io.millrace.ort.attention.AttentionShape;
import io.millrace.ort.capi.OrtFailure;
import io.millrace.ort.capi.SessionSettings;
import io.millrace.ort.capi.SharedWeights;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Stream;

/** Puts a {@link CpuStage} together, with all memory it will ever use. */
final class StageAssembly {
    private final ModelManifest model;
    private final ShardCut cut;
    private final Limits limits;
    private final StageSetup setup;
    private final WeightPrecision precision;
    private final CpuAttention attention;
    private final Arena memory = Arena.ofShared();
    private final StageBuffers buffers = new StageBuffers(memory);

    StageAssembly(
            ModelManifest model,
            ShardCut cut,
            Limits limits,
            StageSetup setup,
            WeightPrecision precision,
            CpuAttention attention) {
        this.model = model;
        this.cut = cut;
        this.limits = limits;
        this.setup = setup;
        this.precision = precision;
        this.attention = attention;
    }

    /** @param folder of the file that {@code graph} names */
    CpuStage stage(byte[] graph, Path folder, int threads) throws IOException {
        return stage(graph, folder, threads, this::exit);
    }

    CpuStage stage(byte[] graph, Path folder, int threads, Function<SlotStates, StageExit> exits) throws IOException {
        try {
            KvCache cache = new KvCache(model, cut, limits.maxBatch(), capacity(), memory);
            PrefixStore prefixes = new PrefixStore(cache, model, cut, PrefixStore.blocks(limits), memory);
            SlotStates slots = new SlotStates(limits.maxBatch(), limits.contextTokens());
            StageExit exit = exits.apply(slots);
            SharedWeights weights = MappedWeights.of(graph, folder, memory);
            List<SessionSettings> settings = laneThreads(threads).stream()
                    .map(each -> settings(folder, weights, each))
                    .toList();
            List<Lane> lanes = sessions(graph, settings, cache).stream()
                    .map(session -> lane(session, slots, exit))
                    .toList();
            Lanes all = new Lanes(lanes.getFirst(), lanes.subList(1, lanes.size()));
            return new CpuStage(memory, weights, all, cache, prefixes, slots, exit, rowsAlike());
        } catch (IOException | OrtFailure | OutOfMemoryError e) {
            memory.close();
            throw e;
        }
    }

    private int capacity() {
        int positions = CpuRunnerProvider.capacity(limits);
        return attention == CpuAttention.JAVA ? AttentionShape.capacity(positions) : positions;
    }

    private List<ShardSession> sessions(byte[] graph, List<SessionSettings> settings, KvCache cache)
            throws IOException {
        if (attention == CpuAttention.ONNXRUNTIME) {
            return settings.stream()
                    .map(each -> new ShardSession(graph, each, cache))
                    .toList();
        }
        byte[] ours = JavaAttentionGraph.of(graph);
        try (ExecutorService beside = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("millrace-warm-up").factory())) {
            beside.execute(() -> JavaAttention.warmUp(model));
            return settings.stream().map(each -> session(ours, each, cache)).toList();
        }
    }

    private ShardSession session(byte[] graph, SessionSettings settings, KvCache cache) {
        JavaAttention own = new JavaAttention(model, cut, cache);
        return new ShardSession(graph, settings.operator(own.operator()), own);
    }

    /** Of the wide lane, and of the narrow ones where there are any. */
    private List<Integer> laneThreads(int threads) {
        return narrowLanes(threads, precision, setup) == 0
                ? List.of(threads)
                : List.of(threads, threads / LaneShares.LANES, threads - threads / LaneShares.LANES);
    }

    /** None for what is measured, which is one session; nor where each would turn all weights into float32 for itself. */
    static int narrowLanes(int threads, WeightPrecision precision, StageSetup setup) {
        boolean shared = precision != WeightPrecision.FP16 && precision != WeightPrecision.FP8;
        return threads > 1 && shared && setup.equals(StageSetup.SERVING) ? LaneShares.LANES : 0;
    }

    private SessionSettings settings(Path folder, SharedWeights weights, int threads) {
        SessionSettings settings = new SessionSettings()
                .threads(threads)
                .weights(weights)
                .entry("session.model_external_initializers_file_folder_path", folder.toString())
                // Threads that waited for the next step would take the cores from the other lanes.
                .entry("session.force_spinning_stop", "1");
        // By its first layer, so that no two stages share a file.
        setup.profiles().ifPresent(profiles -> settings.profile(profiles.resolve("from-layer-" + cut.first())));
        return settings;
    }

    private Lane lane(ShardSession session, SlotStates slots, StageExit exit) {
        RowPositions positions = new RowPositions(slots, buffers.ints(limits.maxBatch()), buffers.ints(1));
        return new Lane(session, positions, entry(slots), exit.lane(buffers));
    }

    /** Where hidden states go to another shard they are turned back in float32. */
    private boolean rowsAlike() {
        return precision.roundsRowsAlike() && cut.embeds() && cut.hasHead();
    }

    private StageEntry entry(SlotStates slots) {
        return cut.embeds()
                ? new TokenEntry(slots, buffers.ints(Math.max(limits.tokenBudget(), limits.maxBatch())))
                : new HiddenEntry(model.hidden(), buffers.floats(limits.maxBatch(), model.hidden()));
    }

    private StageExit exit(SlotStates slots) {
        if (cut.hasHead() && setup.logits().isPresent()) {
            int tokens = Math.max(limits.tokenBudget(), limits.maxBatch());
            return new LogitExit(model.vocabulary(), tokens, setup.logits().get());
        }
        if (cut.hasHead()) {
            return new SampledExit(slots, model.vocabulary(), limits.maxBatch());
        }
        Stream<ByteBuffer> ring = Stream.generate(
                        () -> buffers.bytes(limits.tokenBudget(), model.hidden() * Float.BYTES))
                .limit(limits.stepsInFlight());
        return new HiddenExit(model.hidden(), limits.maxBatch(), ring.toList());
    }
}
