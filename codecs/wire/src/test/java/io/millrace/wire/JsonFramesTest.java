package io.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import io.millrace.wire.v1.Tokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFramesTest {

    private static final int MAX = 100_000;
    private final JsonFrames<ClientFrame> client = new JsonFrames<>(FrameType.CLIENT, MAX);
    private final JsonFrames<ServerFrame> server = new JsonFrames<>(FrameType.SERVER, MAX);

    @Test
    void fieldNamesReadInBothSpellingsAndUnknownOnesAreSkipped() {
        ClientFrame frame = value("""
                {"channel": 3, "later": {"a": [1]}, "generate": {"maxTokens": 5, "text": "hi", "newer": true,
                 "sampling": {"top_k": 4, "topP": 0.5, "seed": "18446744073709551615"}}}""");
        assertEquals(3, frame.getChannel());
        assertEquals(5, frame.getGenerate().getMaxTokens());
        assertEquals(4, frame.getGenerate().getSampling().getTopK());
        assertEquals(0.5f, frame.getGenerate().getSampling().getTopP());
        assertEquals(-1, frame.getGenerate().getSampling().getSeed());
    }

    @Test
    void writtenFramesUseProtoNamesAndReadBack() {
        ServerFrame frame = ServerFrame.newBuilder()
                .setChannel(1)
                .setTokens(Tokens.newBuilder().setFirstEvent(4).addIds(9).addTexts("é"))
                .build();
        String text = JsonFrames.write(frame);
        assertEquals("{\"channel\":1,\"tokens\":{\"first_event\":4,\"ids\":[9],\"texts\":[\"é\"]}}", text);
        assertEquals(new Decoded.Value<>(frame), server.read(text));
    }

    @Test
    void anUnknownKindIsRefusedOnItsChannel() {
        Decoded.Malformed<ClientFrame> refused = refused("{\"channel\": 9, \"pause\": {}}");
        assertEquals(9, refused.channel());
        assertEquals(ErrorCode.PROTOCOL_ERROR, refused.rejection().code());
        assertTrue(refused.rejection().message().contains("no kind"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"channel\":2,\"generate\":{\"max_tokens\":-1}} | max_tokens",
                "{\"channel\":2,\"generate\":{\"maxTokens\":1e99999999}} | max_tokens",
                "{\"channel\":2,\"generate\":{\"text\":\"a\",\"sampling\":{\"seed\":1,\"top_p\":\"x\"}}} | sampling.top_p",
                "{\"channel\":2,\"generate\":{\"sampling\":7}} | sampling",
                "{\"channel\":2,\"generate\":{\"chat\":{\"messages\":[{\"role\":1,\"content\":[]}]}}} | chat.messages",
                "{\"channel\":2,\"generate\":{\"token_ids\":{\"ids\":[1,4294967296]}}} | token_ids.ids",
                "{\"channel\":2,\"credit\":[]} | credit",
            })
    void aFieldOfTheWrongTypeIsNamed(String text, String field) {
        Decoded.Malformed<ClientFrame> refused = refused(text);
        assertEquals(field, refused.rejection().field());
        assertEquals(ErrorCode.INVALID_REQUEST, refused.rejection().code());
        assertEquals(2, refused.channel());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "{", "[]", "null", "7", "\"generate\"", "{\"cancel\":{},\"credit\":{}}", "{}{}", "\0"})
    void whatIsNoFrameIsRefused(String text) {
        assertEquals(ErrorCode.PROTOCOL_ERROR, refused(text).rejection().code());
    }

    @Test
    void theDepthOfSkippedFieldsIsBounded() {
        String deep = "{\"x\":" + "[".repeat(40_000) + "]".repeat(40_000) + ",\"cancel\":{}}";
        assertEquals(ErrorCode.PROTOCOL_ERROR, refused(deep).rejection().code());
    }

    @Test
    void aTextPastTheLimitIsRefusedUnread() {
        assertEquals(
                ErrorCode.TOO_LARGE, refused(" ".repeat(MAX + 1)).rejection().code());
    }

    @Test
    void aRejectionNeverQuotesThePrompt() {
        String message =
                refused("{\"generate\":{\"chat\":\"my secret\"}}").rejection().message();
        assertFalse(message.contains("secret"), message);
    }

    private Decoded.Malformed<ClientFrame> refused(String text) {
        Decoded<ClientFrame> decoded = client.read(text);
        assertInstanceOf(Decoded.Malformed.class, decoded);
        return (Decoded.Malformed<ClientFrame>) decoded;
    }

    private ClientFrame value(String text) {
        Decoded<ClientFrame> decoded = client.read(text);
        assertInstanceOf(Decoded.Value.class, decoded);
        return ((Decoded.Value<ClientFrame>) decoded).value();
    }
}
