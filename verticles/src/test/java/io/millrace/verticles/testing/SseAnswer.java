package io.millrace.verticles.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code curl} printed of a chat's stream, read as server-sent events.
 *
 * @param text   of all deltas together
 * @param ids    the {@code id:} of each event in turn
 * @param reason the finish reason; empty where the stream was cut before it
 * @param done   whether {@code [DONE]} came
 */
public record SseAnswer(String text, List<String> ids, String reason, boolean done) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "data: ";

    public static SseAnswer read(String output) throws Exception {
        StringBuilder text = new StringBuilder();
        List<String> ids = new ArrayList<>();
        String reason = "";
        boolean done = false;
        for (String line : output.lines().toList()) {
            if (line.startsWith("id: ")) {
                ids.add(line.substring("id: ".length()));
            } else if (line.equals(DATA + "[DONE]")) {
                done = true;
            } else if (!line.isEmpty()) {
                assertTrue(line.startsWith(DATA), output);
                JsonNode choice = JSON.readTree(line.substring(DATA.length())).at("/choices/0");
                text.append(choice.at("/delta/content").asText(""));
                reason = choice.at("/finish_reason").asText(reason);
            }
        }
        return new SseAnswer(text.toString(), ids, reason, done);
    }

    public String lastId() {
        return ids.getLast();
    }

    public String handle() {
        return lastId().substring(0, lastId().lastIndexOf(':'));
    }

    /** Asserts that {@code rest} goes on where this one was cut, and that together they are {@code whole}. */
    public void assertContinuedBy(SseAnswer rest, SseAnswer whole) {
        assertEquals(whole.text(), text + rest.text());
        assertEquals(whole.reason(), rest.reason());
        assertTrue(rest.done(), rest.toString());
        assertEquals(handle(), rest.handle());
        assertTrue(rest.numbers().getFirst() > numbers().getLast(), () -> this + " and then " + rest);
    }

    private List<Long> numbers() {
        return ids.stream()
                .map(id -> Long.parseLong(id.substring(id.lastIndexOf(':') + 1)))
                .toList();
    }
}
