package io.millrace.verticles.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.verticles.testing.CountingNode;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.ExternalProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The logic of {@code loadtest/k6} on Node, against a node; k6's modules are the stand-ins in {@code loadtest/k6/node}. */
class K6ScriptsTest {
    private static final Path SOURCES = Path.of("..").toAbsolutePath().normalize();
    private static final String SCRIPTS = "loadtest/k6";
    private static final String PROTO = "codecs/wire/src/main/proto";
    private static final List<String> WITH_FRAMES = List.of("ws", "grpc");

    /** The scripts and what they read, where they lie to each other as in the repository, with the packages they need. */
    @TempDir
    private static Path copy;

    @BeforeAll
    static void fetchPackages() throws Exception {
        Installed.program("node");
        Installed.program("npm");
        copy(SCRIPTS);
        copy(SCRIPTS + "/node");
        copy(PROTO + "/millrace/v1");
        ExternalProgram.run(
                        "npm", "ci", "--ignore-scripts", "--prefix", script("").toString())
                .assertSucceeded();
    }

    @ParameterizedTest
    @FieldSource("WITH_FRAMES")
    void everyScenarioTimesItsTokensWhereItSeesThemCome(String transport) throws Exception {
        try (CountingNode counting = node("k6-" + transport)) {
            for (String scenario : List.of("smoke", "steady", "ramp", "spike", "soak")) {
                JsonNode samples = run(counting, 2, "TRANSPORT=" + transport, "SCENARIO=" + scenario, "MAX_TOKENS=5");
                assertEquals(2, samples.get("ttft").size(), samples::toString);
                assertEquals(2, samples.get("stream_duration").size(), samples::toString);
                assertEquals(10, sum(samples.get("tokens")), samples::toString);
                assertWell(samples);
            }
        }
    }

    @ParameterizedTest
    @FieldSource("WITH_FRAMES")
    void tokensThatArriveOneByOneHaveGapsBetweenThem(String transport) throws Exception {
        try (CountingNode counting = node("k6-slow-" + transport)) {
            JsonNode samples = run(counting, 1, "TRANSPORT=" + transport, "SCENARIO=slow-readers", "MAX_TOKENS=6");
            assertEquals(6, sum(samples.get("tokens")), samples::toString);
            // Never more than 2 tokens of credit: at least 3 arrivals.
            assertTrue(samples.get("itl").size() >= 2, samples::toString);
            assertWell(samples);
        }
    }

    @ParameterizedTest
    @FieldSource("WITH_FRAMES")
    void aBrokenConnectionGetsTheRestOfItsStream(String transport) throws Exception {
        try (CountingNode counting = node("k6-cut-" + transport)) {
            JsonNode samples = run(counting, 3, "TRANSPORT=" + transport, "SCENARIO=disconnects", "MAX_TOKENS=200");
            assertEquals(600, sum(samples.get("tokens")), samples::toString);
            assertWell(samples);
        }
    }

    @Test
    void overHttpTokensAreCountedAndALeavingClientDoesNoHarm() throws Exception {
        try (CountingNode counting = node("k6-http")) {
            JsonNode samples = run(counting, 2, "TRANSPORT=http", "SCENARIO=smoke", "MAX_TOKENS=5");
            assertEquals(10, sum(samples.get("tokens")), samples::toString);
            assertEquals(0, samples.get("ttft").size());
            assertWell(samples);
        }
        try (CountingNode counting = new CountingNode("k6-left", new CountingStage(2), Map.of())) {
            assertWell(run(counting, 2, "TRANSPORT=http", "SCENARIO=disconnects"));
        }
    }

    @Test
    void aNodeThatServesNobodyIsAFailure() throws Exception {
        try (CountingNode counting = node("k6-drained")) {
            counting.node.drain();
            for (String transport : List.of("ws", "grpc", "http")) {
                JsonNode samples = run(counting, 1, "TRANSPORT=" + transport);
                assertEquals(1, sum(samples.get("failed")), samples::toString);
            }
        }
    }

    @Test
    void whatIsNoScenarioIsRefusedByName() throws Exception {
        ExternalProgram.run(command(1, "SCENARIO=smok")).assertFailedSaying("SCENARIO is \"smok\"; there are smoke");
        ExternalProgram.run(command(1, "TRANSPORT=http", "SCENARIO=slow-readers"))
                .assertFailedSaying("slow-readers needs TRANSPORT=ws or grpc");
    }

    @Test
    void theScriptsHaveTheTypesOfK6() throws Exception {
        String compiler = script("node_modules/typescript/bin/tsc").toString();
        ExternalProgram.run("node", compiler, "-p", script("").toString()).assertSucceeded();
        Path wrong = Files.writeString(script("wrong.js"), "import http from \"k6/http\";\nhttp.gett(1);\n");
        ExternalProgram.run("node", compiler, "-p", script("").toString()).assertFailedSaying("'gett' does not exist");
        Files.delete(wrong);
    }

    private static Path script(String name) {
        return copy.resolve(SCRIPTS).resolve(name);
    }

    /** Its files, not its folders: npm may have been run there by hand. */
    private static void copy(String folder) throws IOException {
        Path target = Files.createDirectories(copy.resolve(folder));
        try (Stream<Path> files = Files.list(SOURCES.resolve(folder))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
    }

    private static CountingNode node(String name) throws Exception {
        return new CountingNode(name, new CountingStage(CountingStage.UNLIMITED), Map.of());
    }

    private static JsonNode run(CountingNode counting, int iterations, String... environment) throws Exception {
        List<String> all = new ArrayList<>(List.of(environment));
        all.add("URL=http://127.0.0.1:" + counting.node.httpPort());
        all.add("PROMPT=xxx");
        ExternalProgram.Result result = ExternalProgram.run(command(iterations, all.toArray(String[]::new)))
                .assertSucceeded();
        return new ObjectMapper().readTree(result.output().lines().toList().getLast());
    }

    private static List<String> command(int iterations, String... environment) {
        List<String> command = new ArrayList<>(List.of(
                "node",
                "--no-warnings",
                "--experimental-websocket",
                "--import",
                script("node/register.js").toString(),
                script("node/run.js").toString(),
                Integer.toString(iterations)));
        command.addAll(List.of(environment));
        return command;
    }

    private static void assertWell(JsonNode samples) {
        assertEquals(0, sum(samples.get("failed")), samples::toString);
        assertEquals(samples.get("checks").size(), sum(samples.get("checks")), samples::toString);
    }

    private static int sum(JsonNode values) {
        int sum = 0;
        for (JsonNode value : values) {
            sum += value.asInt();
        }
        return sum;
    }
}
