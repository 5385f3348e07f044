package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.function.Executable;

/** What reading a wrong file must come to. */
final class Refusal {
    private Refusal() {}

    static void of(String message, Executable reading) {
        assertEquals(message, assertThrows(GgufException.class, reading).getMessage());
    }

    /** For messages that name a byte which only the fixture's length decides. */
    static void anywhere(String message, Executable reading) {
        String full = assertThrows(GgufException.class, reading).getMessage();
        assertEquals(message, full.replaceFirst(" at byte [0-9]+", ""));
    }
}
