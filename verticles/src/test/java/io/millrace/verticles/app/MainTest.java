package io.millrace.verticles.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
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
    }

    @Test
    void aStackTraceIsShownOnlyWhenAskedFor() {
        execute("bench", "--url", "ftp://localhost", "--verbose");
        assertTrue(err.toString().contains("\tat io.millrace"), err.toString());
    }

    @Test
    void everyCommandHasHelp() {
        CommandLine main = Main.commandLine();
        for (String name : main.getSubcommands().keySet()) {
            assertEquals(0, execute(name, "--help"));
            assertTrue(out.toString().contains("Usage: millrace " + name), out.toString());
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
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .execute(arguments);
    }
}
