package io.millrace.verticles.app.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterFileTest {
    private static final Path ROOT = Path.of("..");
    private static final String KEYS = "certificate: a.pem\nkey: b.pem\nca: c.pem\n";

    @TempDir
    private Path folder;

    @Test
    void theShippedFileIsRightAndSaysTheDefaults() {
        Cluster shipped = load(ROOT.resolve("conf/cluster.yaml"), Map.of());
        assertEquals("node-1", shipped.nodeId());
        assertEquals(Cluster.NONE.routing(), shipped.routing());
        assertEquals(Cluster.NONE.hintTtl(), shipped.hintTtl());
        assertEquals(Cluster.NONE.tokenWindow(), shipped.tokenWindow());
        assertEquals(
                "node-1.pem", shipped.certificate().orElseThrow().getFileName().toString());
    }

    @Test
    void withoutANodeIdTheNodeIsAloneAndTheEnvironmentCanGiveOne() throws IOException {
        assertTrue(load(write("peers: nonsense"), Map.of()).alone());
        Cluster named = load(write(KEYS), Map.of("MILLRACE_CLUSTER_NODE_ID", "pod-7"));
        assertEquals("pod-7", named.nodeId());
    }

    @Test
    void whatCannotBeIsRefusedWithTheKey() throws IOException {
        assertRefused("node-idd: a", "unknown setting cluster.node-idd", "cluster.node-id");
        assertRefused("node-id: a b\n" + KEYS, "cluster.node-id", "letters, digits");
        assertRefused("node-id: a", "cluster.certificate", "cluster-keys");
        assertRefused("node-id: a\npeers: here\n" + KEYS, "cluster.peers", "\"here\" is not HOST:PORT");
        assertRefused("node-id: a\npeers: h:1\ndns: d\n" + KEYS, "cluster.peers", "cluster.dns");
        assertRefused("node-id: a\nhint-interval: 2s\n" + KEYS, "cluster.hint-ttl", "twice");
        assertRefused("node-id: a\nrouting: best\n" + KEYS, "cluster.routing", "two-choices, least");
        assertRefused("node-id: a\nmembership-port: 0\n" + KEYS, "cluster.membership-port", "is not within");
    }

    private void assertRefused(String text, String... parts) throws IOException {
        Path file = write(text);
        String message =
                assertThrows(ConfigException.class, () -> load(file, Map.of())).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "\"" + message + "\" should say " + part);
        }
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("cluster.yaml"), text);
    }

    private static Cluster load(Path file, Map<String, String> environment) {
        return new ConfigLoader(NodeConfig.defaults(ROOT, Path.of("/cache")), Path.of("/work"))
                .load(Optional.empty(), Optional.of(file), environment, Map.of())
                .cluster();
    }
}
