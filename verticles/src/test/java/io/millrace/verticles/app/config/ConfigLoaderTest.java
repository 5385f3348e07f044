package io.millrace.verticles.app.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private final ConfigLoader loader =
            new ConfigLoader(NodeConfig.defaults(ROOT, Path.of("/cache")), Path.of("/work"));

    @Test
    void theShippedFileSaysTheDefaultsAndEveryKey() throws IOException {
        Path shipped = ROOT.resolve("conf/millrace.yaml");
        assertEquals(NodeConfig.defaults(ROOT, Path.of("/cache")), load(shipped, Map.of(), Map.of()));
        String text = Files.readString(shipped);
        NodeConfig.defaults(ROOT, ROOT).settings().keySet().stream()
                .map(key -> key.substring(key.indexOf('.') + 1))
                .forEach(key -> assertTrue(text.contains(key), key));
    }

    @Test
    void flagsWinOverTheEnvironmentAndTheEnvironmentOverTheFile() throws IOException {
        Path file = write("http-port: 1001\nquic-port: 1002\nshards: 2\nlimits:\n  stall-timeout: 1500ms\n");
        NodeConfig config =
                load(file, Map.of("MILLRACE_QUIC_PORT", "2002", "MILLRACE_SHARDS", "3"), Map.of("shards", "4"));
        assertEquals(1001, config.httpPort());
        assertEquals(2002, config.quicPort());
        assertEquals(4, config.shards());
        assertEquals(Duration.ofMillis(1500), config.limits().stallTimeout());
    }

    @Test
    void anEmptyFileIsTheDefaults() throws IOException {
        assertEquals(Limits.DEFAULTS, load(write(""), Map.of(), Map.of()).limits());
    }

    @Test
    void sizesAndDurationsAreReadInTheirUnits() throws IOException {
        NodeConfig config = load(
                write("limits: {max-frame-bytes: 2MiB, output-buffer-bytes: 4096, idle-timeout: 5m}"),
                Map.of(),
                Map.of());
        assertEquals(2 << 20, config.limits().maxFrameBytes());
        assertEquals(4096, config.limits().outputBufferBytes());
        assertEquals(Duration.ofMinutes(5), config.limits().idleTimeout());
    }

    @Test
    void pathsAreRelativeToWhereTheyWereWritten() throws IOException {
        NodeConfig config = load(write("api-keys-file: keys.txt"), Map.of("MILLRACE_CACHE_DIR", "cache"), Map.of());
        assertEquals(Optional.of(folder.resolve("keys.txt")), config.apiKeysFile());
        assertEquals(Path.of("/work/cache"), config.cacheDir());
    }

    @Test
    void theBlockPoolFollowsTheBatchUnlessItIsSet() {
        assertEquals(32 * 8, flags("limits.max-batch", "32").limits().kvBlocks());
        assertEquals(9, flags("limits.kv-blocks", "9").limits().kvBlocks());
    }

    @Test
    void theChunkFollowsASmallerBudgetUnlessItIsSet() {
        assertEquals(256, flags("limits.token-budget", "256").limits().prefillChunk());
        assertEquals(512, flags("limits.token-budget", "8192").limits().prefillChunk());
        assertEquals(64, flags("limits.prefill-chunk", "64").limits().prefillChunk());
    }

    @Test
    void aDeviceIsAutoTheCpuOrAListOfGpus() {
        for (String device : List.of("auto", "cpu", "host", "cuda:0", "cuda:3,1,10")) {
            assertEquals(device, flags("device", device).device());
        }
        for (String device : List.of("tpu", "cuda", "cuda:", "cuda:0,", "cuda:a", "CPU", "")) {
            assertRefused(() -> flags("device", device), "device", "\"" + device + "\"", "auto, cpu, cuda:0");
        }
        assertRefused(() -> flags("device", "cuda:1,1"), "device: cuda:1,1", "twice");
    }

    @Test
    void allGpusShareEachStageUnlessItIsSaidOtherwise() {
        assertEquals(1, flags(Map.of()).ranks());
        assertEquals(2, flags("device", "cuda:0,1").ranks());
        assertEquals(2, flags(Map.of("device", "cuda:0,1,2,3", "shards", "2")).ranks());
        assertEquals(3, flags(Map.of("device", "host", "tensor-parallel", "3")).ranks());
        assertRefused(() -> flags(Map.of("device", "cuda:0,1,2", "shards", "2")), "device: cuda:0,1,2", "shards: 2");
        assertRefused(() -> flags(Map.of("device", "cuda:0,1", "tensor-parallel", "4")), "device: cuda:0,1", "1 × 4");
    }

    @Test
    void replicasShareTheDevicesInEqualGroups() {
        NodeConfig four = flags(Map.of("device", "cuda:0,1,5,3", "replicas", "2"));
        assertEquals(2, four.ranks());
        assertEquals(List.of("cuda:0,1", "cuda:5,3"), List.of(four.deviceOf(0), four.deviceOf(1)));
        NodeConfig threads = flags(Map.of("device", "cpu", "replicas", "2", "threads", "5"));
        assertEquals("cpu", threads.deviceOf(1));
        assertEquals(2, threads.stepThreadsOfReplica());
    }

    @Test
    void replicasThatCannotShareTheDevicesAreRefused() {
        assertRefused(() -> flags("replicas", "0"), "replicas: 0", "within 1 and 64");
        NodeConfig two = flags("replicas", "2");
        assertEquals("cpu", two.withDevice("cpu").deviceOf(1));
        assertRefused(() -> two.withDevice("cuda:0"), "replicas: 2 does not divide the 1 GPUs", "cuda:0");
        assertRefused(
                () -> flags(Map.of("device", "cuda:0,1,2", "replicas", "2")),
                "replicas: 2 does not divide the 3 GPUs",
                "cuda:0,1,2");
        assertRefused(
                () -> flags(Map.of("device", "cuda:0,1", "replicas", "2", "tensor-parallel", "2")),
                "device: cuda:0,1",
                "2 × 1 × 2");
        assertRefused(
                () -> flags(Map.of("device", "cpu", "replicas", "2", "stages.nodes", "localhost:1")),
                "replicas: 2",
                "stages.nodes");
    }

    @Test
    void anUnknownKeyIsAnErrorThatNamesTheNearestKnownOne() throws IOException {
        Path file = write("limits:\n  max-bach: 4\n");
        assertRefused(() -> load(file, Map.of(), Map.of()), "limits.max-bach", file.toString(), "limits.max-batch?");
        assertRefused(() -> load(file, Map.of("MILLRACE_MODLE", "x"), Map.of()), "MILLRACE_MODLE", "MILLRACE_MODEL?");
    }

    @Test
    void aLimitWithoutItsSectionIsFoundAndANameLikeNothingIsNotGuessed() {
        assertRefused(() -> flags("max-batch", "4"), "did you mean limits.max-batch?");
        assertRefused(() -> flags("colour-of-the-sky", "4"), "colour-of-the-sky", "no known name is like it");
    }

    @Test
    void variablesThatKubernetesSetsForAServiceAreNotOurs() {
        Map<String, String> links = Map.of(
                "MILLRACE_SERVICE_HOST", "10.0.0.1",
                "MILLRACE_SERVICE_PORT_HTTP", "80",
                "MILLRACE_PORT", "tcp://10.0.0.1:80",
                "MILLRACE_PORT_80_TCP_ADDR", "10.0.0.1");
        assertEquals(8080, loader.load(Optional.empty(), links, Map.of()).httpPort());
    }

    @Test
    void aBadValueIsAnErrorThatNamesKeyValueOriginAndLimit() throws IOException {
        Path file = write("http-port: 70000");
        assertRefused(() -> load(file, Map.of(), Map.of()), "http-port: 70000", "0 and 65535");
        assertRefused(
                () -> flags("limits.idle-timeout", "soon"), "limits.idle-timeout", "\"soon\"", "30s", "command line");
        assertRefused(() -> flags("threads", "two"), "threads", "\"two\"", "whole number");
        assertRefused(() -> flags("threads", "99999999999999999999"), "threads", "too large");
        assertRefused(() -> flags("precision", "fp4"), "precision", "\"fp4\"", "int4");
        assertRefused(() -> flags("kv-precision", "int8"), "kv-precision", "auto, same, fp8");
        assertRefused(() -> flags("cpu-attention", "fast"), "cpu-attention", "\"fast\"", "onnxruntime, java");
        assertRefused(() -> flags("limits.kv-blocks", "2"), "limits.kv-blocks: 2", "at least 8");
        assertRefused(
                () -> flags(Map.of("limits.token-budget", "100", "limits.prefill-chunk", "512")),
                "limits.prefill-chunk: 512",
                "limits.token-budget: 100");
    }

    @Test
    void aBrokenFileIsAnErrorThatNamesTheFile() throws IOException {
        assertRefused(() -> load(folder.resolve("none.yaml"), Map.of(), Map.of()), "none.yaml", "does not exist");
        Path twice = write("shards: 1\nshards: 2\n");
        assertRefused(() -> load(twice, Map.of(), Map.of()), twice.toString(), "shards");
        Path list = write("host: [a, b]");
        assertRefused(() -> load(list, Map.of(), Map.of()), "host", "list");
    }

    @Test
    void anOpenNodeIsNotReachableFromOtherMachines() {
        assertRefused(() -> flags("host", "0.0.0.0"), "\"0.0.0.0\"", "api-keys-file");
        assertEquals("::1", flags("host", "::1").host());
        NodeConfig keyed =
                loader.load(Optional.empty(), Map.of(), Map.of("host", "0.0.0.0", "api-keys-file", "keys.txt"));
        assertEquals("0.0.0.0", keyed.host());
    }

    @Test
    void halfATlsPairIsRefused() {
        assertRefused(() -> flags("tls.certificate", "c.pem"), "tls.certificate", "tls.key");
    }

    @Test
    void everyNumericSettingHasARange() {
        NodeConfig.defaults(ROOT, ROOT).settings().forEach((key, value) -> {
            if (value.matches("\\d+(s|ms|KiB|MiB)?")) {
                assertRefused(() -> flags(key, value.endsWith("s") ? "-1ms" : "-1"), key, "is not within");
            }
        });
    }

    private static void assertRefused(Runnable load, String... parts) {
        String message = assertThrows(ConfigException.class, load::run).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "\"" + message + "\" should say " + part);
        }
    }

    private NodeConfig flags(String key, String value) {
        return flags(Map.of(key, value));
    }

    private NodeConfig flags(Map<String, String> flags) {
        return loader.load(Optional.empty(), Map.of(), flags);
    }

    private NodeConfig load(Path file, Map<String, String> environment, Map<String, String> flags) {
        return loader.load(Optional.of(file), environment, flags);
    }

    private Path write(String yaml) throws IOException {
        return Files.writeString(folder.resolve("test.yaml"), yaml);
    }
}
