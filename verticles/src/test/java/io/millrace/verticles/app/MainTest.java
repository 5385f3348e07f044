package io.millrace.verticles.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.verticles.testing.CountingProvider;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.RealNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class MainTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void wrongUsageIsOneLineAndExitCodeTwo() {
        assertEquals(2, execute("bench"));
        assertOneLine("--url");
        assertEquals(2, execute("bench", "--url", "quic://localhost:1", "--rounds", "0"));
        assertOneLine("--rounds: 0 is less than 1");
        assertEquals(2, execute("bench", "--in-process", "--arrival-rate", "-1"));
        assertOneLine("--arrival-rate: -1.0 is not within 0");
        assertEquals(2, execute("bnech"));
        assertOneLine("bnech");
    }

    @Test
    void aWrongSettingIsOneLineAndExitCodeTwo() {
        assertEquals(2, execute("pull", "smollm2", "--set", "limits.max-bach=3"));
        assertOneLine("limits.max-batch");
    }

    @Test
    void whatFailsIsOneLineAndExitCodeOne() {
        assertEquals(1, execute("pull", "smolm2", "--set", "models-file=../conf/models.yaml"));
        assertOneLine("did you mean smollm2?");
        assertEquals(1, execute("bench", "--url", "ftp://localhost"));
        assertOneLine("ftp://localhost");
        assertEquals(1, execute("bench", "--url", "grpc://127.0.0.1:1"));
        assertOneLine("grpc://127.0.0.1:1 does not answer");
        assertEquals(2, execute("bench", "--in-process", "--lengths=no/such/file"));
        assertOneLine("--lengths: no/such/file");
    }

    @Test
    void whatACommandWouldNotHeedItDoesNotTake() {
        assertEquals(2, execute("convert", "smollm2", "--to=int8", "--out=none", "--precision=int4"));
        assertOneLine("--precision");
        assertEquals(2, execute("pull", "smollm2", "--threads=3"));
        assertOneLine("--threads");
    }

    @Test
    void aStackTraceIsShownOnlyWhenAskedFor() {
        execute("bench", "--url", "ftp://localhost", "--verbose");
        assertTrue(err.toString().contains("\tat io.millrace"), err.toString());
    }

    @Test
    void aModelInThisProgramIsMeasuredWithoutAServer(@TempDir Path folder) throws IOException {
        CountingProvider.serve("random:bench", CountingStage.late(CountingStage.UNLIMITED));
        Path json = folder.resolve("bench.json");
        assertEquals(
                0,
                execute(
                        "bench --in-process --ignore-eos --config=../conf/millrace.yaml --model=random:bench"
                                + " --concurrency=300 --requests=400 --prompt-tokens=250 --max-tokens=20 --max-batch=64"
                                + " --token-budget=256 --context-tokens=512 --rounds=1 --warmup=2",
                        "--device=" + CountingProvider.DEVICE,
                        "--json=" + json));
        assertTrue(out.toString().contains("a model that counts"), out.toString());
        assertFalse(out.toString().contains("this machine"), "of a device that is not the CPU\n" + out);
        JsonNode round = new ObjectMapper().readTree(json.toFile()).at("/levels/0/rounds/random:bench/0");
        assertEquals(400, round.get("answered").asInt(), round.toString());
        assertEquals(400 * 250, round.get("promptTokens").asInt());
        // Token 256, which every answer passes, is the end.
        assertEquals(400 * 20, round.get("tokens").asInt());
        assertTrue(round.at("/replicas/0/steps").asInt() > 20, round.toString());
        double idle = round.at("/replicas/0/idleShare").asDouble();
        assertTrue(idle > 0 && idle < 1, round.toString());
    }

    @Test
    void whatTheMachineReachesIsToldOfTheDeviceThatAutoComesTo() {
        assertEquals(
                0,
                execute("bench --in-process --config=../conf/millrace.yaml --device=auto --context-tokens=512"
                        + " --concurrency=1 --requests=1 --prompt-tokens=8 --max-tokens=2 --rounds=1 --warmup=0"
                        + " --set=cache-dir=target/real-node --model=" + RealNode.model()));
        boolean onCpu = out.toString().startsWith("CPU, ");
        assertEquals(onCpu, out.toString().contains("this machine, "), out.toString());
    }

    @Test
    void theSharesOfReplicasAreTold() {
        CountingProvider.serve(
                "random:shares",
                CountingStage.late(CountingStage.UNLIMITED),
                CountingStage.late(CountingStage.UNLIMITED));
        assertEquals(
                0,
                execute(
                        "bench --in-process --config=../conf/millrace.yaml --model=random:shares --replicas=2"
                                + " --concurrency=8 --requests=40 --prompt-tokens=20 --max-tokens=20 --rounds=1",
                        "--device=" + CountingProvider.TWO_DEVICES));
        for (String replica : List.of("replica 0", "replica 1")) {
            assertTrue(
                    Pattern.compile(replica + ", \\d+\\.\\d% of the tokens: \\d+ steps")
                            .matcher(out.toString())
                            .find(),
                    out.toString());
        }
    }

    @Test
    void everyCommandThatComputesStaysOnTheNumaNodeThatItIsTold() {
        for (String command : List.of(
                "serve",
                "serve-stage --stage=2/2 --keys=target/keys/node-2",
                "bench --in-process",
                "run why",
                "calibrate --prompts=no/such/file",
                "evaluate random:nowhere",
                "profile")) {
            int code = execute(command + " --config=../conf/millrace.yaml --model=random:nowhere --numa=9999");
            assertEquals(1, code, command);
            assertOneLine("numa: there is no node 9999");
        }
    }

    @Test
    void aFileThatIsNotThereOrNoTextIsSaidToBe() throws Exception {
        assertEquals(1, execute("evaluate smollm2 --config=../conf/millrace.yaml --text=no/such/file"));
        assertOneLine("no/such/file: there is no such file or directory");
        Path bytes = Files.write(Path.of("target/no-text"), new byte[] {(byte) 0xff});
        assertEquals(1, execute("evaluate smollm2 --config=../conf/millrace.yaml --text=" + bytes));
        assertOneLine("target/no-text is not UTF-8");
    }

    @Test
    void whatLeavesNothingToMeasureIsRefused() {
        assertEquals(2, execute("evaluate smollm2 --config=../conf/millrace.yaml --tokens=1"));
        assertOneLine("--tokens: 1 is not at least 2");
        assertEquals(2, execute("profile --config=../conf/millrace.yaml --max-tokens=0"));
        assertOneLine("--max-tokens 0");
    }

    @Test
    void anUnknownQuantizationIsNamedBeforeAnythingIsFetched() {
        assertEquals(2, execute("convert no-model --to=int3 --out=target/never --config=../conf/millrace.yaml"));
        assertOneLine("--to: there is no quantization \"int3\"; there are int8, int4, w8a8, fp16, fp8, fp32");
    }

    @Test
    void aModelWhoseTokenizerIsUnknownIsNotConverted(@TempDir Path folder) throws Exception {
        Path file = Files.copy(RealNode.model(), folder.resolve("odd.gguf"));
        try (FileChannel odd = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer head = ByteBuffer.allocate(1 << 20);
            odd.read(head, 0);
            int key = new String(head.array(), StandardCharsets.ISO_8859_1).indexOf("tokenizer.ggml.model");
            // Behind the key are its value's type and length.
            odd.write(ByteBuffer.wrap("gptx".getBytes(StandardCharsets.US_ASCII)), key + 20 + 4 + 8);
        }
        Path out = folder.resolve("out");
        assertEquals(1, execute("convert --to=int8 --config=../conf/millrace.yaml --out=" + out, file.toString()));
        assertOneLine("odd.gguf: tokenizer.ggml.model \"gptx\" is not supported; supported are gpt2, llama");
        assertTrue(Files.notExists(out));
    }

    @Test
    void everyCommandHasHelp() {
        CommandLine main = Main.commandLine();
        for (String name : main.getSubcommands().keySet()) {
            assertEquals(0, execute(name, "--help"));
            assertTrue(out.toString().contains("Usage: millrace " + name), out.toString());
            // The list of commands has the first of the lines alone.
            String[] description = main.getSubcommands()
                    .get(name)
                    .getCommandSpec()
                    .usageMessage()
                    .description();
            assertTrue(description[0].endsWith("."), description[0]);
        }
    }

    private void assertOneLine(String part) {
        List<String> lines = err.toString().lines().toList();
        assertEquals(1, lines.size(), err.toString());
        assertTrue(lines.getFirst().startsWith("millrace: "), lines.getFirst());
        assertTrue(lines.getFirst().contains(part), lines.getFirst());
    }

    private int execute(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        String[] words = Arrays.stream(arguments)
                .flatMap(argument -> Arrays.stream(argument.split(" ")))
                .toArray(String[]::new);
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .execute(words);
    }
}
