package io.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.wire.v1.Chat;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Sampling;
import io.millrace.wire.v1.TokenIds;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestsTest {

    private static final long DRAWN = 77;

    @Test
    void everyFieldTravelsThereAndBack() {
        SamplingParams sampling = new SamplingParams(0.5f, 40, 0.9f, 0.05f, 1.1f, 0.25f, -0.25f, Long.MIN_VALUE);
        for (Prompt prompt : List.of(
                new Prompt.Chat(List.of(new Message("system", ""), new Message("user", "你好 🦀"))),
                new Prompt.Text(""),
                new Prompt.Tokens(new int[] {0, 5, Integer.MAX_VALUE}))) {
            Request request = new Request("smollm2", prompt, sampling, 12, List.of("\n\n", "END"), true, List.of(0, 7));
            assertEquals(new Decoded.Value<>(request), read(Requests.toWire(request)));
        }
    }

    @Test
    void absentFieldsTakeTheDefaultsOfTheProtocol() {
        SamplingParams defaults = new SamplingParams(1, 0, 1, 0, 1, 0, 0, DRAWN);
        assertEquals(
                new Decoded.Value<>(new Request("", new Prompt.Text("x"), defaults, 0, List.of())),
                read(text().build()));
    }

    @Test
    void aPromptIsNeeded() {
        assertEquals("prompt", refused(Generate.newBuilder()).field());
        assertEquals(
                "chat.messages",
                refused(Generate.newBuilder().setChat(Chat.newBuilder())).field());
        assertEquals(
                "token_ids.ids",
                refused(Generate.newBuilder().setTokenIds(TokenIds.newBuilder()))
                        .field());
    }

    @Test
    void unsignedNumbersPastAnIntAreRefused() {
        assertEquals("max_tokens", refused(text().setMaxTokens(-1)).field());
        assertEquals(
                "sampling.top_k",
                refused(text().setSampling(Sampling.newBuilder().setTopK(-1))).field());
        TokenIds ids = TokenIds.newBuilder().addIds(1).addIds(-1).build();
        assertEquals(
                "token_ids.ids", refused(Generate.newBuilder().setTokenIds(ids)).field());
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, -3, 3e38f})
    void floatsOutOfRangeAreRefusedWithFieldAndLimit(float bad) {
        Rejection refused = refused(text().setSampling(Sampling.newBuilder().setTemperature(bad)));
        assertEquals("sampling.temperature", refused.field());
        assertEquals("sampling.temperature must be between 0 and 2", refused.message());
    }

    @Test
    void stopStringsAreBounded() {
        int tooMany = Limits.DEFAULTS.maxStopStrings() + 1;
        assertEquals(
                "stop",
                refused(text().addAllStop(Collections.nCopies(tooMany, "s"))).field());
        assertEquals("stop[0]", refused(text().addStop("")).field());
    }

    @Test
    void halfASurrogatePairIsRefused() {
        String half = "\ud83e";
        assertEquals("text", refused(Generate.newBuilder().setText(half)).field());
        assertEquals("stop", refused(text().addStop(half)).field());
    }

    @Test
    void aRefusalNamesTheChannel() {
        Decoded<Request> decoded = Requests.fromWire(6, Generate.getDefaultInstance(), Limits.DEFAULTS, DRAWN);
        assertEquals(6, assertInstanceOf(Decoded.Malformed.class, decoded).channel());
    }

    private static Generate.Builder text() {
        return Generate.newBuilder().setText("x");
    }

    private static Decoded<Request> read(Generate generate) {
        return Requests.fromWire(0, generate, Limits.DEFAULTS, DRAWN);
    }

    private static Rejection refused(Generate.Builder generate) {
        Rejection rejection = assertInstanceOf(Decoded.Malformed.class, read(generate.build()))
                .rejection();
        assertEquals(ErrorCode.INVALID_REQUEST, rejection.code());
        return rejection;
    }
}
