package io.millrace.verticles.app.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EdgeConfigTest {
    private static final Map<String, String> KEYS =
            Map.of("edge.certificate", "a.pem", "edge.key", "b.pem", "edge.ca", "c.pem");

    @Test
    void anEdgeKnowsItsCenterAndHowSureItMustBe() {
        Edge edge = load(with(Map.of(
                "edge.role", "edge",
                "edge.center", "center.example:7810",
                "edge.policy", "confidence",
                "edge.min-log-prob", "-0.8312")));
        assertEquals(-0.8312, edge.minLogProb());
        assertEquals(Edge.Policy.CONFIDENCE, edge.policy());
        assertEquals(Path.of("/work/a.pem"), edge.certificate().orElseThrow());
    }

    @Test
    void aNodeWithoutARoleNeedsNoneOfIt() {
        assertEquals(Edge.NONE, load(Map.of()));
    }

    @Test
    void whatCannotBeIsRefusedWithTheKey() {
        assertRefused(Map.of("edge.role", "edge", "edge.center", "h:1"), "edge.certificate", "cluster-keys");
        assertRefused(with(Map.of("edge.role", "edge")), "edge.center", "HOST:PORT");
        assertRefused(with(Map.of("edge.role", "edge", "edge.center", "here")), "\"here\" is not HOST:PORT");
        assertRefused(Map.of("edge.center", "h:1"), "edge.center", "edge.role");
        assertRefused(Map.of("edge.role", "middle"), "edge.role", "none, edge, center");
        assertRefused(Map.of("edge.min-log-prob", "sure"), "edge.min-log-prob", "is not a number");
        assertRefused(Map.of("edge.min-log-prob", "NaN"), "edge.min-log-prob", "is not finite");
        assertRefused(with(Map.of("edge.role", "center", "edge.min-log-prob", "0.5")), "edge.min-log-prob: 0.5");
        assertRefused(Map.of("edge.first-tokens", "0"), "edge.first-tokens", "is not within");
    }

    private static Map<String, String> with(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(KEYS);
        all.putAll(settings);
        return all;
    }

    private static void assertRefused(Map<String, String> settings, String... parts) {
        String message =
                assertThrows(ConfigException.class, () -> load(settings)).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "\"" + message + "\" should say " + part);
        }
    }

    private static Edge load(Map<String, String> settings) {
        return new ConfigLoader(NodeConfig.defaults(Path.of(".."), Path.of("/cache")), Path.of("/work"))
                .load(Optional.empty(), Map.of(), settings)
                .edge();
    }
}
