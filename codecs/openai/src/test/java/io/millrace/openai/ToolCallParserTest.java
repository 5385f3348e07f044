package io.millrace.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls read {@code [name arguments]} here. */
class ToolCallParserTest {

    private static final String CALL = "<tool_call>{\"name\": \"a\", \"arguments\": {\"x\": [1]}}</tool_call>";
    private static final String TOLD = "[a {\"x\":[1]}]";

    @Test
    void textAroundACallStaysAndWhiteSpaceBesideItGoes() {
        assertEquals("Well:" + TOLD, whole("Well:\n " + CALL));
        assertEquals(TOLD + TOLD, whole(CALL + "\n" + CALL + "\n"));
        assertEquals(TOLD + "\nDone.", whole(CALL + "\nDone. "));
    }

    @Test
    void textWithoutCallsIsTextToTheLastSpace() {
        assertEquals("a < b <tool \n", whole("a < b <tool \n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<tool_call>",
                "<tool_call>{\"name\": \"a\", \"arguments\": {}}",
                "<tool_call>{\"name\": \"a\", \"arguments\": {}}</tool_cal",
                "<tool_call>{\"name\": \"a\", \"arguments\": \"{}\"}</tool_call>",
                "<tool_call>{\"name\": \"a b\", \"arguments\": {}}</tool_call>",
                "<tool_call>{\"name\": 7}</tool_call>",
                "<tool_call>{\"name\": \"a\", \"name\": \"b\"}</tool_call>",
                "<tool_call>{\"arguments\": {}}</tool_call>",
                "<tool_call>[]</tool_call>",
                "<tool_call>{\"name\": \"a\"} {}</tool_call>",
                "<tool_call></tool_call>"
            })
    void whatIsMalformedStaysTextAndDisturbsNoCall(String malformed) {
        assertEquals(malformed, whole(malformed));
        assertEquals(
                malformed + "," + TOLD,
                whole(malformed.contains("</tool_call>") ? malformed + "," + CALL : malformed + "," + TOLD));
        assertEquals(TOLD + malformed, whole(CALL + malformed));
    }

    @Test
    void aDeepCallStaysText() {
        String deep = "<tool_call>{\"name\": \"a\", \"arguments\": {\"x\": " + "[".repeat(64) + "]".repeat(64)
                + "}}</tool_call>";
        assertEquals(deep, whole(deep));
    }

    @Test
    void aCallThatIsTooLongStaysTextAndIsNotHeldFurther() {
        String body = "{\"name\": \"a\", \"arguments\": {\"x\": \"" + "y".repeat(100_000);
        ToolCallParser parser = ToolCallParser.of(true, Limits.DEFAULTS);
        String told = told(parser.add("<tool_call>" + body));
        assertTrue(told.length() > 100_000, "told " + told.length());
        assertEquals(
                "<tool_call>" + body + "\"}}</tool_call>",
                told + told(parser.add("\"}}</tool_call>")) + told(parser.end()));
    }

    @Test
    void withoutToolsACallIsText() {
        assertEquals(CALL, told(ToolCallParser.of(false, Limits.DEFAULTS).add(CALL)));
    }

    @Test
    void nothingIsHeldThatCannotBeginACall() {
        ToolCallParser parser = ToolCallParser.of(true, Limits.DEFAULTS);
        assertEquals("a", told(parser.add("a ")));
        assertEquals(" b <tool-", told(parser.add("b <tool-")));
    }

    @Test
    void whatWasToldAfterSoManyCharactersIsTheSameHoweverTheyWereCut() {
        List<String> pieces = List.of(
                CALL,
                "<tool_call>",
                "</tool_call>",
                "{\"name\": \"b\"}",
                "<",
                "tool_call>",
                "\n",
                " ",
                "text",
                "\"",
                "{}",
                "🦀");
        for (long seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            String text = random.ints(1 + random.nextInt(8), 0, pieces.size())
                    .mapToObj(pieces::get)
                    .collect(Collectors.joining());
            ToolCallParser cut = ToolCallParser.of(true, Limits.DEFAULTS);
            StringBuilder told = new StringBuilder();
            for (int at = 0; at < text.length(); ) {
                int next = Math.min(text.length(), at + 1 + random.nextInt(5));
                told.append(told(cut.add(text.substring(at, next))));
                at = next;
                ToolCallParser once = ToolCallParser.of(true, Limits.DEFAULTS);
                assertEquals(told(once.add(text.substring(0, at))), told.toString(), "seed " + seed + " at " + at);
            }
            told.append(told(cut.end()));
            assertEquals(whole(text), told.toString(), "seed " + seed);
        }
    }

    private static String whole(String text) {
        ToolCallParser parser = ToolCallParser.of(true, Limits.DEFAULTS);
        List<OutputPart> parts = new ArrayList<>(parser.add(text));
        parts.addAll(parser.end());
        return told(parts);
    }

    private static String told(List<OutputPart> parts) {
        return parts.stream()
                .map(part -> switch (part) {
                    case OutputPart.Text text -> text.text();
                    case OutputPart.Call call -> "[" + call.name() + " " + call.arguments() + "]";
                })
                .collect(Collectors.joining());
    }
}
