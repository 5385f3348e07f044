package io.millrace.verticles.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.verticles.app.bench.BenchPlan;
import io.millrace.verticles.app.bench.Lengths;
import io.millrace.verticles.app.bench.Level;
import io.millrace.verticles.app.bench.Percentiles;
import io.millrace.verticles.app.bench.RoundResult;
import io.millrace.verticles.app.bench.Sample;
import io.millrace.verticles.testing.ExternalProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchReportTest {
    /** A name that would break out of the page if it could. */
    private static final String HOSTILE = "</script><b title=\"'&";

    private static final Pattern OUTSIDE =
            Pattern.compile("\\b(src|href|action)\\s*=|url\\(|@import|\\bimport\\b|fetch\\(");

    private final BenchReport report = new BenchReport(List.of(level(1, 10), level(8, 42)));

    @Test
    void theTableHasALineForEachServerAtEachLevel() {
        List<String> lines = report.table().lines().toList();
        assertTrue(
                lines.getFirst().contains("1 in flight, prompts of 10 tokens, at most 5 generated"), lines::toString);
        assertEquals(2, lines.stream().filter(line -> line.startsWith("quic")).count(), lines::toString);
        assertTrue(report.table().contains("8 in flight"), report::table);
    }

    @Test
    void whatAServerFoundInItsPrefixCacheIsTold() {
        assertTrue(report.table().contains("  25.0% of the prompts' tokens were found"), report::table);
    }

    @Test
    void jsonHasPlanMediansAndEverySampleOfEachLevel() throws Exception {
        JsonNode level = new ObjectMapper().readTree(report.json()).at("/levels/1");
        assertEquals(8, level.at("/plan/concurrency").asInt());
        assertEquals(42, level.at("/medians/quic/tokensPerSecond").asDouble());
        assertEquals(0.25, level.at("/rounds/quic/0/samples/1/atSeconds").asDouble());
    }

    @Test
    void thePageStandsAlone() throws Exception {
        String page = report.html();
        assertFalse(OUTSIDE.matcher(page).find(), page);
        assertEquals(2, page.split("</script>", -1).length - 1, "the data must not end their element");
    }

    @Test
    void thePagesScriptDrawsWhatWasMeasured(@TempDir Path folder) throws Exception {
        Path page = Files.writeString(folder.resolve("report.html"), report.html());
        String runner = Path.of("src/test/js/report.mjs").toAbsolutePath().toString();
        JsonNode drawn = new ObjectMapper()
                .readTree(ExternalProgram.run("node", runner, page.toString(), "1")
                        .assertSucceeded()
                        .output());
        assertEquals(4, drawn.at("/time").asText().split("<circle").length - 1, drawn::toString);
        assertTrue(drawn.at("/throughput").asText().contains("<polyline"), drawn::toString);
        assertTrue(drawn.at("/throughput").asText().contains("8 in flight"), drawn::toString);
        assertTrue(drawn.at("/medians").asText().contains("<td>42.0</td>"), drawn::toString);
        assertTrue(drawn.at("/percentiles").asText().contains("<polyline"), drawn::toString);
        assertTrue(drawn.at("/gaps").asText().contains("p99"), drawn::toString);
        String all = drawn.toString();
        assertFalse(all.contains("NaN") || all.contains("undefined") || all.contains("<b "), all);
    }

    private static Level level(int concurrency, double tokensPerSecond) {
        BenchPlan plan = new BenchPlan(concurrency, 0, 2, Lengths.alike(10, 5), 1, 0, 1, 0);
        SequencedMap<String, List<RoundResult>> rounds = new LinkedHashMap<>();
        rounds.put("quic", List.of(round(tokensPerSecond)));
        rounds.put(HOSTILE, List.of(round(tokensPerSecond / 2)));
        return new Level(plan, rounds);
    }

    private static RoundResult round(double tokensPerSecond) {
        return new RoundResult(
                1,
                2,
                0,
                20,
                5,
                10,
                tokensPerSecond,
                2 * tokensPerSecond,
                new Percentiles(1, 2, 3, 4),
                new Percentiles(5, 6, 7, 8),
                List.of(),
                List.of(),
                List.of(new Sample(0, 120, 300, 5), new Sample(0.25, 80, 200, 5)));
    }
}
