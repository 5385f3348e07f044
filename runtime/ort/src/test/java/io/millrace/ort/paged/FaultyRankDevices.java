package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.engine.DeviceUse;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.engine.ModelStage;
import io.millrace.model.gguf.GgufFile;
import io.millrace.model.gguf.ManifestReader;
import io.millrace.model.paged.GraphDialect;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.Rank;
import io.millrace.model.paged.RankWeights;
import io.millrace.model.paged.ShardPlan;
import io.millrace.ort.TinyModel;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.device.Device;
import io.millrace.ort.device.MemoryUse;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Host ranks whose devices fail as they are told to. */
final class FaultyRankDevices implements RankDevices {
    /** Long enough for a machine under load; whoever waits so long in a test has failed it. */
    private static final long PATIENCE_SECONDS = 60;

    /** By place in the plan. */
    final List<Faults> faults = Stream.generate(Faults::new).limit(4).toList();

    MemoryUse memory = new MemoryUse(1L << 40, 1L << 40);
    boolean warmsUp;
    private final HostRankDevices host = new HostRankDevices(TinyModel.VOCABULARY, 1, PATIENCE_SECONDS);

    /** {@link TinyModel} of seed 7. */
    List<ModelStage> load(int tensorParallel, int shards, Limits limits) throws IOException {
        try (GgufFile file = GgufFile.open(TinyModel.write(Path.of("target", "tiny"), 7))) {
            var manifest = ManifestReader.read(file, "tiny");
            PagedPrecision precision =
                    PagedPrecision.named(ModelRunnerProvider.AUTO, ModelRunnerProvider.AUTO, GraphDialect.HOST);
            return new PagedModel(
                            manifest, precision, limits, this, rank -> RankWeights.of(file, manifest, rank, precision))
                    .stages(ShardPlan.of(manifest, tensorParallel, shards));
        }
    }

    /** Memory, fences and devices that nobody gave back. */
    int held() {
        return faults.stream().mapToInt(Faults::held).sum();
    }

    @Override
    public GraphDialect dialect() {
        return host.dialect();
    }

    @Override
    public boolean warmsUp() {
        return warmsUp;
    }

    @Override
    public OptionalInt count() {
        return host.count();
    }

    @Override
    public RankDevice open(Rank rank, int place, PagedPrecision precision) {
        Faults mine = faults.get(place);
        mine.gave();
        RankDevice opened = host.open(rank, place, precision);
        return new FaultyRank(opened, new FaultyDevice(opened.device(), mine, memory), mine);
    }

    private record FaultyRank(RankDevice host, Device device, Faults faults) implements RankDevice {
        @Override
        public GraphDialect dialect() {
            return host.dialect();
        }

        @Override
        public List<CustomOperator> operators() {
            return host.operators().stream().map(this::failing).toList();
        }

        private CustomOperator failing(CustomOperator operator) {
            return new CustomOperator(
                    operator.name(), operator.provider(), operator.inputs(), operator.outputs(), attributes -> {
                        CustomOperator.Kernel kernel = operator.factory().kernel(attributes);
                        return call -> {
                            faults.on(Faults.Place.RUN);
                            kernel.compute(call);
                        };
                    });
        }

        @Override
        public void broadcast(MemorySegment memory) {
            host.broadcast(memory);
        }

        @Override
        public void abort() {
            host.abort();
        }

        @Override
        public void close() {
            faults.tookBack();
            device.close();
        }
    }

    @Override
    public Supplier<List<DeviceUse>> use() {
        return host.use();
    }

    @Override
    public String names() {
        return host.names();
    }
}
