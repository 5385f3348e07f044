package io.millrace.client;

import static io.millrace.client.Script.ACCEPTED;
import static io.millrace.client.Script.finished;
import static io.millrace.client.Script.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.TokenEvent;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Generate;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class StreamPositionTest {

    private final StreamPosition position =
            StreamPosition.of(Generate.newBuilder().setText("hi").build());

    @Test
    void whatWasNotAcceptedIsGeneratedAndWhatWasIsResumed() {
        assertEquals(5, open(OptionalInt.of(5)).getGenerate().getInitialCredit());
        assertFalse(open(OptionalInt.empty()).getGenerate().hasInitialCredit());
        position.advance(ACCEPTED);
        position.advance(token(1));
        ClientFrame next = open(OptionalInt.of(0));
        assertEquals(1, next.getResume().getLastEvent());
        assertTrue(next.getResume().hasInitialCredit());
    }

    @Test
    void repeatedEventsAreNotNew() {
        open(OptionalInt.empty());
        position.advance(ACCEPTED);
        assertTrue(position.advance(token(1)));
        assertTrue(position.advance(token(2)));
        open(OptionalInt.empty());
        position.advance(ACCEPTED);
        assertFalse(position.advance(token(1)));
        assertFalse(position.advance(token(2)));
        assertTrue(position.advance(finished(3)));
    }

    @Test
    void whatTheProtocolDoesNotAllowIsNamed() {
        open(OptionalInt.empty());
        refused("event 1 before Accepted", token(1));
        refused("an Accepted without a handle", new TokenEvent.Accepted("", "m", 1));
        position.advance(ACCEPTED);
        refused("a second Accepted", ACCEPTED);
        refused("event 2 after event 0", token(2));
        refused("event 9 after event 0", finished(9));
        open(OptionalInt.empty());
        refused("an Accepted of another stream", new TokenEvent.Accepted("h-2", "m", 1));
    }

    private ClientFrame open(OptionalInt credit) {
        return position.opening(0, "", credit);
    }

    private void refused(String why, TokenEvent event) {
        ProtocolException refused = assertThrows(ProtocolException.class, () -> position.advance(event));
        assertEquals("the server sent " + why, refused.getMessage());
    }
}
