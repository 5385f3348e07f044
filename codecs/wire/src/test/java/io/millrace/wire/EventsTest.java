package io.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import io.millrace.wire.v1.Error;
import io.millrace.wire.v1.Finished;
import io.millrace.wire.v1.ServerFrame;
import io.millrace.wire.v1.Tokens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventsTest {

    private static final TokenEvent ACCEPTED = new TokenEvent.Accepted("h-1", "smollm2", 9);

    @Test
    void aWholeStreamTravelsThereAndBackInThreeFrames() {
        List<TokenEvent> events = List.of(ACCEPTED, token(1), token(2), token(3), finished(4, FinishReason.STOP));
        List<ServerFrame> frames = Events.toWire(5, events, 64);
        assertEquals(3, frames.size());
        assertEquals(3, frames.get(1).getTokens().getIdsCount());
        assertEquals(
                List.of(5, 5, 5), frames.stream().map(ServerFrame::getChannel).toList());
        assertEquals(events, read(frames));
    }

    @Test
    void aGapInTheNumbersStartsANewFrame() {
        List<TokenEvent> events = List.of(token(1), token(3));
        List<ServerFrame> frames = Events.toWire(0, events, 64);
        assertEquals(2, frames.size());
        assertEquals(events, read(frames));
    }

    @Test
    void aFrameHoldsNoMoreTokensThanItsLimit() {
        List<ServerFrame> frames = Events.toWire(0, List.of(token(1), token(2), token(3), token(4), token(5)), 2);
        assertEquals(
                List.of(2, 2, 1),
                frames.stream().map(f -> f.getTokens().getIdsCount()).toList());
        assertEquals(5, read(frames).size());
    }

    @Test
    void noEventsMakeNoFrames() {
        assertEquals(List.of(), Events.toWire(0, List.of(), 64));
    }

    @ParameterizedTest
    @EnumSource(FinishReason.class)
    void everyFinishReasonTravels(FinishReason reason) {
        TokenEvent event = finished(1, reason);
        assertEquals(List.of(event), read(Events.toWire(0, List.of(event), 64)));
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void everyTierTravels(Tier tier) {
        TokenEvent event =
                new TokenEvent.Finished(1, FinishReason.STOP, "", new Usage(3, 4, 2), Optional.empty(), tier);
        assertEquals(List.of(event), read(Events.toWire(0, List.of(event), 64)));
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void everyErrorCodeTravels(ErrorCode code) {
        Rejection rejection = new Rejection(code, "why", "sampling.top_p", Duration.ofMillis(1500));
        TokenEvent event = new TokenEvent.Rejected(rejection);
        assertEquals(List.of(event), read(Events.toWire(0, List.of(event), 64)));
    }

    @Test
    void aRetryAfterPastTheFieldsRangeIsCutToIt() {
        Rejection overloaded = Rejection.overloaded("full", Duration.ofDays(365));
        TokenEvent read = read(Events.toWire(0, List.of(new TokenEvent.Rejected(overloaded)), 64))
                .getFirst();
        assertEquals(
                Duration.ofMillis(0xffff_ffffL),
                assertInstanceOf(TokenEvent.Rejected.class, read).rejection().retryAfter());
    }

    @Test
    void reasonsAndCodesOfANewerServerStillRead() {
        ServerFrame frame = ServerFrame.newBuilder()
                .setFinished(Finished.newBuilder()
                        .setEvent(1)
                        .setReasonValue(99)
                        .setError(Error.newBuilder().setCode("too_hot").setMessage("cool down")))
                .build();
        TokenEvent.Finished finished =
                assertInstanceOf(TokenEvent.Finished.class, read(List.of(frame)).getFirst());
        assertEquals(FinishReason.ERROR, finished.reason());
        assertEquals(Optional.of(Rejection.of(ErrorCode.INTERNAL, "cool down")), finished.error());
    }

    @Test
    void tokensWithoutTheirTextsOrNumbersAreMalformed() {
        assertMalformed(Tokens.newBuilder().setFirstEvent(1).addIds(1));
        assertMalformed(Tokens.newBuilder().setFirstEvent(1).addTexts("a"));
        assertMalformed(Tokens.newBuilder().addIds(1).addTexts("a"));
        assertMalformed(Tokens.newBuilder().setFirstEvent(-1).addIds(1).addTexts("a"));
    }

    private static void assertMalformed(Tokens.Builder tokens) {
        ServerFrame frame =
                ServerFrame.newBuilder().setChannel(2).setTokens(tokens).build();
        assertEquals(
                2,
                assertInstanceOf(Decoded.Malformed.class, Events.fromWire(frame))
                        .channel());
    }

    private static TokenEvent token(long number) {
        return new TokenEvent.Token(number, (int) number * 11, "t" + number);
    }

    private static TokenEvent finished(long number, FinishReason reason) {
        Optional<Rejection> error = reason == FinishReason.ERROR
                ? Optional.of(new Rejection(ErrorCode.UNAVAILABLE, "drains", "", Duration.ofSeconds(2)))
                : Optional.empty();
        return new TokenEvent.Finished(number, reason, " end", new Usage(3, 4), error);
    }

    private static List<TokenEvent> read(List<ServerFrame> frames) {
        List<TokenEvent> events = new ArrayList<>();
        for (ServerFrame frame : frames) {
            Decoded<List<TokenEvent>> decoded = Events.fromWire(frame);
            assertInstanceOf(Decoded.Value.class, decoded);
            events.addAll(((Decoded.Value<List<TokenEvent>>) decoded).value());
        }
        return events;
    }
}
