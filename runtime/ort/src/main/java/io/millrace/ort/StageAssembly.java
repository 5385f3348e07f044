package io.millrace.ort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.graph.WeightPrecision;
import io.millrace.ort.device.NativeMemory;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Puts a {@link CpuStage} together, with all memory it will ever use. */
final class StageAssembly {
    private final OrtEnvironment environment;
    private final ModelManifest model;
    private final ShardCut cut;
    private final Limits limits;
    private final StageSetup setup;
    private final WeightPrecision precision;
    private final Arena memory = Arena.ofShared();

    StageAssembly(
            OrtEnvironment environment,
            ModelManifest model,
            ShardCut cut,
            Limits limits,
            StageSetup setup,
            WeightPrecision precision) {
        this.environment = environment;
        this.model = model;
        this.cut = cut;
        this.limits = limits;
        this.setup = setup;
        this.precision = precision;
    }

    /** @param folder of the file that {@code graph} maps */
    CpuStage stage(byte[] graph, Path folder, int threads) throws OrtException {
        return stage(graph, folder, threads, this::exit);
    }

    CpuStage stage(byte[] graph, Path folder, int threads, Function<SlotStates, StageExit> exit) throws OrtException {
        try {
            KvCache cache =
                    new KvCache(environment, model, cut, limits.maxBatch(), CpuRunnerProvider.capacity(limits), memory);
            PrefixStore prefixes = new PrefixStore(cache, model, cut, PrefixStore.blocks(limits), memory);
            SlotStates slots = new SlotStates(limits.maxBatch(), limits.contextTokens());
            RowPositions positions = new RowPositions(slots, ints(limits.maxBatch()), ints(1));
            ShardSession session = new ShardSession(environment, graph, folder, threads, profile());
            return new CpuStage(
                    memory, session, cache, prefixes, slots, positions, entry(slots), exit.apply(slots), rowsAlike());
        } catch (OrtException | OutOfMemoryError e) {
            memory.close();
            throw e;
        }
    }

    /** Where hidden states go to another shard they are turned back in float32. */
    private boolean rowsAlike() {
        return precision.roundsRowsAlike() && cut.embeds() && cut.hasHead();
    }

    private StageEntry entry(SlotStates slots) {
        return cut.embeds()
                ? new TokenEntry(slots, ints(Math.max(limits.tokenBudget(), limits.maxBatch())))
                : new HiddenEntry(model.hidden(), decodeRows());
    }

    /** By its first layer, so that no two stages share a file. */
    private Optional<Path> profile() {
        return setup.profiles().map(folder -> folder.resolve("from-layer-" + cut.first()));
    }

    private StageExit exit(SlotStates slots) {
        if (cut.hasHead() && setup.logits().isPresent()) {
            int rows = Math.max(limits.tokenBudget(), limits.maxBatch());
            return new LogitExit(
                    model.vocabulary(),
                    bytes(rows, Long.BYTES).asLongBuffer(),
                    bytes(rows, model.vocabulary() * Float.BYTES).asFloatBuffer(),
                    setup.logits().get());
        }
        if (cut.hasHead()) {
            return new SampledExit(
                    slots,
                    model.vocabulary(),
                    bytes(limits.maxBatch(), Long.BYTES).asLongBuffer(),
                    bytes(limits.maxBatch(), model.vocabulary() * Float.BYTES));
        }
        Stream<ByteBuffer> ring = Stream.generate(() -> bytes(limits.tokenBudget(), model.hidden() * Float.BYTES))
                .limit(limits.stepsInFlight());
        return new HiddenExit(model.hidden(), decodeRows(), ring.toList());
    }

    private FloatBuffer decodeRows() {
        return bytes(limits.maxBatch(), model.hidden() * Float.BYTES).asFloatBuffer();
    }

    private IntBuffer ints(int count) {
        return bytes(count, Integer.BYTES).asIntBuffer();
    }

    private ByteBuffer bytes(int count, int size) {
        return NativeMemory.allocate((long) count * size, memory).asByteBuffer().order(ByteOrder.nativeOrder());
    }
}
