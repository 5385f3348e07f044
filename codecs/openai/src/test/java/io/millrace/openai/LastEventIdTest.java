package io.millrace.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LastEventIdTest {

    @Test
    void whatIsWrittenIsRead() {
        LastEventId id = new LastEventId("Ab_9-", 999_999_999_999_999_999L);
        assertEquals("Ab_9-:999999999999999999", id.format());
        assertEquals(Optional.of(id), LastEventId.parse(id.format()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "h", "h:", ":1", "h:-1", "h:1 ", "h:x", "h:1:2", "h h:1", "h:1000000000000000000", "h:\n1"})
    void anythingElseIsNone(String header) {
        assertEquals(Optional.empty(), LastEventId.parse(header));
    }
}
