package io.millrace.verticles.app.config;

import io.millrace.api.Limits;
import io.millrace.engine.CpuAttention;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything a node is told at start.
 *
 * @param host        address to listen on; other than loopback only with {@code apiKeysFile}
 * @param httpPort    TCP port of HTTP, WebSocket and gRPC; 0 takes a free one
 * @param quicPort    UDP port of QUIC; 0 takes a free one
 * @param model       a name of {@code modelsFile}, the path of a GGUF file or converted directory, or {@link #RANDOM} and a shape
 * @param modelsFile  where the named models come from
 * @param cacheDir    for fetched models, what is derived from them, and the self-signed certificate
 * @param device      where the model runs: {@code cpu}, {@code cuda:0}, a list of GPUs as {@code cuda:0,1}, {@code auto}
 *                    for the best that is there, or {@code host}, which runs on the CPU as a GPU would, for tests
 * @param replicas    whole copies of the model in this process, on the devices in equal groups, in order; on the CPU each has its
 *                    share of the threads. All limits of steps, caches and waiting hold for each
 * @param shards      pipeline stages that the model's layers are cut into
 * @param stages      the other nodes, where the model's layers are cut over several
 * @param tensorParallel ranks that share the matrices of each stage; 0 means as many as there are GPUs for
 * @param precision   what the weights are kept as
 * @param kvPrecision what the KV cache is kept as
 * @param threads     threads that compute a step, of all replicas together; 0 means one per core
 * @param cpuAttention what computes attention on the CPU
 * @param eventLoops  threads that serve connections; 0 means one per core
 * @param numa        {@code off}, the number of the NUMA node that threads and memory are to stay on, or {@code auto} for the
 *                    one with most free memory
 * @param apiKeysFile hashed keys, one a line; with it every route of every transport needs a key
 */
public record NodeConfig(
        String host,
        int httpPort,
        int quicPort,
        String model,
        Path modelsFile,
        Path cacheDir,
        String device,
        int replicas,
        int shards,
        Stages stages,
        int tensorParallel,
        Precision precision,
        KvPrecision kvPrecision,
        int threads,
        CpuAttention cpuAttention,
        int eventLoops,
        String numa,
        Tls tls,
        Optional<Path> apiKeysFile,
        LogLevel logLevel,
        Tuning tuning,
        Cluster cluster,
        Edge edge,
        Limits limits) {

    /** Begins the name of a model that has a shape but no file: its weights are drawn by seed, to measure speed with. */
    public static final String RANDOM = "random:";

    /** What a node runs with where nothing is configured, its data files under {@code home}. */
    public static NodeConfig defaults(Path home, Path cacheDir) {
        return new NodeConfig(
                "127.0.0.1",
                8080,
                4433,
                "smollm2",
                home.resolve("conf/models.yaml"),
                cacheDir,
                "auto",
                1,
                1,
                Stages.NONE,
                0,
                Precision.AUTO,
                KvPrecision.AUTO,
                0,
                CpuAttention.ONNXRUNTIME,
                0,
                "off",
                Tls.SELF_SIGNED,
                Optional.empty(),
                LogLevel.INFO,
                Tuning.FIXED,
                Cluster.NONE,
                Edge.NONE,
                Limits.DEFAULTS);
    }

    /**
     * The same on another device.
     *
     * @throws ConfigException where the rest does not fit it
     */
    public NodeConfig withDevice(String other) {
        Setting setting = new Setting(other, device, Path.of(""));
        return ConfigCheck.checked(RecordBinder.bind(this, Map.of("device", setting)));
    }

    /** Whether the model has no file. */
    public boolean randomModel() {
        return model.startsWith(RANDOM);
    }

    /** Ranks of each stage of a replica, with the default filled in. */
    public int ranks() {
        int gpus = DeviceCheck.gpus(device).size();
        return tensorParallel == 0 ? Math.max(1, gpus / replicas / shards) : tensorParallel;
    }

    /** What {@link #device} is for one replica, counted from 0. */
    public String deviceOf(int replica) {
        List<String> gpus = DeviceCheck.gpus(device);
        int each = gpus.size() / replicas;
        return gpus.isEmpty() ? device : "cuda:" + String.join(",", gpus.subList(replica * each, (replica + 1) * each));
    }

    /** Threads that compute steps, of all replicas, with the default filled in. */
    public int stepThreads() {
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }

    /** An even share, at least 1. */
    public int stepThreadsOfReplica() {
        return Math.max(1, stepThreads() / replicas);
    }

    /** Threads that serve connections, with the default filled in. */
    public int loopThreads() {
        return eventLoops == 0 ? Runtime.getRuntime().availableProcessors() : eventLoops;
    }

    /** Every key with its value, limits included, in the order of the configuration file; holds no secret. */
    public Map<String, String> settings() {
        return RecordBinder.flatten(this);
    }
}
