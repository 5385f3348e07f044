package io.millrace.ort.paged;

import io.millrace.api.Limits;
import io.millrace.engine.DeviceUse;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.paged.GraphDialect;
import io.millrace.model.paged.PagedPrecision;
import io.millrace.model.paged.Rank;
import io.millrace.ort.cuda.ActivationType;
import io.millrace.ort.cuda.CudaDevice;
import io.millrace.ort.cuda.CudaSupport;
import io.millrace.ort.cuda.CudaSupport.Diagnosis;
import io.millrace.ort.cuda.Nvml;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** NVIDIA GPUs of this machine, by number. */
final class CudaRankDevices implements RankDevices {
    private static final System.Logger LOG = System.getLogger(CudaRankDevices.class.getName());
    private static final Pattern NAME = Pattern.compile("cuda:(\\d+(?:,\\d+)*)");

    /** What PagedAttention's kernels take at a time. */
    private static final int BLOCK_GRANULE = 256;

    private final List<Integer> ordinals;
    private final Limits limits;

    /** By stage: where its ranks meet. */
    private final Map<Integer, CudaMeeting> meetings = new ConcurrentHashMap<>();

    private final Map<Integer, String> busIds = new ConcurrentHashMap<>();

    private CudaRankDevices(List<Integer> ordinals, Limits limits) {
        this.ordinals = ordinals;
        this.limits = limits;
    }

    static boolean runsOn(String device) {
        return NAME.matcher(device).matches();
    }

    /** The first GPU; where it is none, one line of the log says why. */
    static Optional<String> automatic() {
        if (CudaSupport.diagnose(0) instanceof Diagnosis.Missing missing) {
            LOG.log(System.Logger.Level.WARNING, "No GPU, so the CPU it is. " + missing.reason());
            return Optional.empty();
        }
        return Optional.of("cuda:0");
    }

    /** @throws IOException where one of them cannot be used: what is missing, and how to get it */
    static CudaRankDevices of(String device, Limits limits) throws IOException {
        Matcher name = NAME.matcher(device);
        if (!name.matches()) {
            throw new IllegalArgumentException("device is \"" + device + "\", not cuda:0 or cuda:0,1");
        }
        List<Integer> ordinals =
                Stream.of(name.group(1).split(",")).map(Integer::valueOf).toList();
        for (int ordinal : ordinals) {
            if (CudaSupport.diagnose(ordinal) instanceof Diagnosis.Missing missing) {
                throw new IOException("device " + device + ": " + missing.reason());
            }
        }
        if (limits.blockTokens() % BLOCK_GRANULE != 0) {
            throw new IOException(
                    "block-tokens is " + limits.blockTokens() + "; on a GPU it is a multiple of " + BLOCK_GRANULE);
        }
        return new CudaRankDevices(ordinals, limits);
    }

    @Override
    public GraphDialect dialect() {
        return GraphDialect.CUDA;
    }

    @Override
    public boolean warmsUp() {
        return true;
    }

    @Override
    public OptionalInt count() {
        return OptionalInt.of(ordinals.size());
    }

    @Override
    public RankDevice open(Rank rank, int place, PagedPrecision precision) {
        int ordinal = ordinals.get(place);
        ActivationType type =
                precision.activations() == ElementType.BFLOAT16 ? ActivationType.BF16 : ActivationType.FP16;
        CudaDevice device = CudaDevice.open(ordinal, type);
        try {
            busIds.put(ordinal, device.busId());
            CudaMeeting meeting = meetings.computeIfAbsent(rank.stage(), stage -> new CudaMeeting(rank.tpSize()));
            return CudaRankDevice.join(device, timed(), meeting, rank.tpRank());
        } catch (RuntimeException e) {
            device.close();
            throw e;
        }
    }

    /** Numbers of tokens that steps have again and again. */
    private TreeSet<Integer> timed() {
        TreeSet<Integer> timed =
                new TreeSet<>(DecodeBuckets.upTo(limits.maxBatch()).sizes());
        timed.add(limits.prefillChunk());
        timed.add(limits.tokenBudget());
        return timed;
    }

    @Override
    public Supplier<List<DeviceUse>> use() {
        Optional<Nvml> nvml = Nvml.load();
        return () -> nvml.map(this::read).orElse(List.of());
    }

    private List<DeviceUse> read(Nvml nvml) {
        return ordinals.stream()
                .flatMap(ordinal -> nvml.read(busIds.get(ordinal)).stream()
                        .map(reading -> new DeviceUse(
                                "cuda:" + ordinal,
                                reading.busy(),
                                reading.memoryUsedBytes(),
                                reading.memoryTotalBytes(),
                                reading.watts())))
                .toList();
    }

    @Override
    public String names() {
        return ordinals.stream().map(String::valueOf).collect(Collectors.joining(",", "cuda:", ""));
    }
}
