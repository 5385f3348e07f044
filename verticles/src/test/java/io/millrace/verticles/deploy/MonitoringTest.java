package io.millrace.verticles.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.verticles.testing.CountingNode;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.ExternalProgram;
import io.millrace.verticles.testing.MetricsText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** What stands in {@code deploy} for Prometheus and Grafana, against the metrics of a node. */
class MonitoringTest {
    private static final Path DEPLOY = Path.of("../deploy").toAbsolutePath().normalize();
    /** Label names stand in braces and after by; what is between the rest and these is a metric of a node. */
    private static final Pattern LABELS = Pattern.compile("\\{[^}]*}|\\bby \\([^)]*\\)");

    private static final Pattern METRIC = Pattern.compile("\\b(?:gen_ai|millrace|process|system|jvm)_\\w+");
    private static final Pattern RECORDED = Pattern.compile("\\w+:\\w+:\\w+");

    @Test
    void theDashboardAndTheRulesAskOnlyForWhatANodeExposes() throws Exception {
        List<String> asked = new ArrayList<>(ruleExpressions());
        asked.addAll(dashboardExpressions());
        assertTrue(asked.size() > 30, asked.toString());
        Set<String> unknown = metrics(asked);
        unknown.removeAll(exposed());
        assertEquals(Set.of(), unknown);
    }

    @Test
    void aMetricThatNoNodeExposesWouldBeFound() throws Exception {
        Set<String> unknown =
                metrics(List.of("sum by (millrace_label) (rate(millrace_nowhere_total{jvm_label=\"a\"}[1m]))"));
        unknown.removeAll(exposed());
        assertEquals(Set.of("millrace_nowhere_total"), unknown);
    }

    @Test
    void alertsFireWhenTheyShouldAndNotBefore() throws Exception {
        String promtool = Installed.program("promtool");
        ExternalProgram.run(
                        promtool,
                        "check",
                        "config",
                        DEPLOY.resolve("prometheus/prometheus.yml").toString())
                .assertSucceeded();
        ExternalProgram.run(
                        promtool,
                        "test",
                        "rules",
                        DEPLOY.resolve("prometheus/rules-test.yml").toString())
                .assertSucceeded();
    }

    @Test
    void alertsThatCallForScalingReachTheScaler() throws Exception {
        String amtool = Installed.program("amtool");
        String config = DEPLOY.resolve("prometheus/alertmanager.yml").toString();
        for (var route : Map.of("scale=out", "scale", "scale=in", "scale", "severity=critical", "none")
                .entrySet()) {
            String receiver = ExternalProgram.run(
                            amtool, "config", "routes", "test", "--config.file=" + config, route.getKey())
                    .assertSucceeded()
                    .output();
            assertEquals(route.getValue(), receiver.lines().toList().getLast());
        }
    }

    @Test
    void theScalerStartsNodesBeforeTheyGetTrafficAndStopsThemAfter() throws Exception {
        ExternalProgram.run("python3", DEPLOY.resolve("scale/scale_test.py").toString())
                .assertSucceeded();
    }

    private static Set<String> metrics(List<String> expressions) {
        Set<String> names = new TreeSet<>();
        for (String expression : expressions) {
            String plain =
                    RECORDED.matcher(LABELS.matcher(expression).replaceAll("")).replaceAll("");
            Matcher found = METRIC.matcher(plain);
            while (found.find()) {
                names.add(found.group());
            }
        }
        return names;
    }

    private static Set<String> exposed() throws Exception {
        try (CountingNode counting = new CountingNode("watched", new CountingStage(CountingStage.UNLIMITED), Map.of());
                MetricsText metrics = new MetricsText(counting.node)) {
            metrics.complete("/v1/completions", "{\"prompt\": \"xxx\", \"max_tokens\": 5}");
            return metrics.names();
        }
    }

    private static List<String> ruleExpressions() throws Exception {
        Map<String, List<Map<String, List<Map<String, Object>>>>> file =
                new Yaml().load(Files.readString(DEPLOY.resolve("prometheus/rules.yml")));
        return file.get("groups").stream()
                .flatMap(group -> group.get("rules").stream())
                .map(rule -> String.valueOf(rule.get("expr")))
                .toList();
    }

    private static List<String> dashboardExpressions() throws Exception {
        JsonNode dashboard = new ObjectMapper()
                .readTree(DEPLOY.resolve("grafana/millrace.json").toFile());
        return dashboard.findValuesAsText("expr");
    }
}
