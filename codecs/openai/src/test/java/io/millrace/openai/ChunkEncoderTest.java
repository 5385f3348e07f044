package io.millrace.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChunkEncoderTest {

    private static final long CREATED = 1_700_000_000L;
    private static final TokenEvent ACCEPTED = new TokenEvent.Accepted("h-1", "smol\"lm", 7);
    /** The first 16 bytes of the SHA-256 of "h-1". */
    private static final String DIGEST = "54f50aff0c05f509a804604b776c85a2";

    @Test
    void aChatIsARoleThenTextThenAReasonThenDone() {
        ChunkEncoder encoder = new ChunkEncoder(Endpoint.CHAT_COMPLETIONS, CREATED, false, 0, noTools());
        assertEquals(chat("0", "{\"role\":\"assistant\",\"content\":\"\"}", "null"), encode(encoder, ACCEPTED));
        assertEquals(
                chat("1", "{\"content\":\"\\\"\\n\\u0000 é 😀\"}", "null"),
                encode(encoder, token(1, "\"\n\u0000 é 😀")));
        assertEquals(
                chat("2", "{}", "\"stop\"") + "data: [DONE]\n\n", encode(encoder, finished(2, FinishReason.STOP, "")));
    }

    @Test
    void aTextCompletionHasNoRoleAndIsOtherwiseTheSame() {
        ChunkEncoder encoder = new ChunkEncoder(Endpoint.COMPLETIONS, CREATED, false, 0, noTools());
        String head = "{\"id\":\"cmpl-" + DIGEST + "\",\"object\":\"text_completion\",\"created\":1700000000,"
                + "\"model\":\"smol\\\"lm\",\"choices\":[{\"index\":0,\"text\":\"";
        assertEquals("", encode(encoder, ACCEPTED));
        assertEquals(
                "id: h-1:1\ndata: " + head + "a\",\"logprobs\":null,\"finish_reason\":null}]}\n\n",
                encode(encoder, token(1, "a")));
        assertEquals(
                "id: h-1:2\ndata: " + head
                        + "b\",\"logprobs\":null,\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n",
                encode(encoder, finished(2, FinishReason.LENGTH, "b")));
    }

    @Test
    void usageComesBeforeDoneAndIsNullUntilThen() {
        ChunkEncoder encoder = new ChunkEncoder(Endpoint.CHAT_COMPLETIONS, CREATED, true, 4, noTools());
        assertEquals("", encode(encoder, ACCEPTED));
        String finish = chat("5", "{}", "\"stop\"").replace("]}\n", "],\"usage\":null}\n");
        String usage = "id: h-1:5\ndata: " + chatHead()
                + "],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":4,\"total_tokens\":11,"
                + "\"prompt_tokens_details\":{\"cached_tokens\":5}}}\n\n";
        assertEquals(finish + usage + "data: [DONE]\n\n", encode(encoder, finished(5, FinishReason.STOP, "")));
    }

    @Test
    void tokensOfOneCallShareAChunkWithTheNumberOfTheLast() {
        ChunkEncoder encoder = accepted();
        assertEquals(
                chat("3", "{\"content\":\"abc\"}", "null"),
                encode(encoder, token(1, "a"), token(2, "b"), token(3, "c")));
    }

    @Test
    void aTokenWithoutTextShowsNothingUntilTextCarriesItsNumberAlong() {
        ChunkEncoder encoder = accepted();
        assertEquals("", encode(encoder, token(1, "")));
        assertEquals(chat("3", "{\"content\":\"é\"}", "null"), encode(encoder, token(2, "é"), token(3, "")));
    }

    @Test
    void heldBackTextAndReasonAreOneChunkSoThatAResumptionRepeatsNeither() {
        ChunkEncoder encoder = accepted();
        assertEquals(
                chat("1", "{\"content\":\"a\"}", "null")
                        + chat("2", "{\"content\":\"b\"}", "\"stop\"")
                        + "data: [DONE]\n\n",
                encode(encoder, token(1, "a"), finished(2, FinishReason.STOP, "b")));
    }

    @Test
    void anEdgeSaysInTheLastChunkWhoMadeTheAnswer() {
        TokenEvent end =
                new TokenEvent.Finished(1, FinishReason.STOP, "", new Usage(7, 0), Optional.empty(), Tier.CENTER);
        String plain = chat("1", "{}", "\"stop\"");
        assertEquals(
                plain.replace("]}", "],\"millrace\":{\"tier\":\"center\"}}") + "data: [DONE]\n\n",
                encode(accepted(), end));
    }

    @ParameterizedTest
    @CsvSource({
        "CANCELLED, cancelled, the stream was cancelled",
        "SLOW_CONSUMER, slow_consumer, the stream was read too slowly and has ended"
    })
    void anEndThatOpenAiHasNoReasonForIsAnError(FinishReason reason, String code, String message) {
        String shape =
                "id: h-1:1\ndata: {\"error\":{\"message\":\"%s\",\"type\":\"invalid_request_error\",\"param\":null,"
                        + "\"code\":\"%s\"}}\n\n";
        assertEquals(shape.formatted(message, code), encode(accepted(), finished(1, reason, "held back")));
    }

    @Test
    void aFailedStreamSendsWhatItHadAndThenTheRejection() {
        Rejection rejection = Rejection.of(ErrorCode.UNAVAILABLE, "the node is stopping");
        TokenEvent failed = new TokenEvent.Finished(2, FinishReason.ERROR, "", new Usage(7, 1), Optional.of(rejection));
        assertEquals(
                chat("1", "{\"content\":\"a\"}", "null")
                        + "id: h-1:2\ndata: {\"error\":{\"message\":\"the node is stopping\",\"type\":\"server_error\","
                        + "\"param\":null,\"code\":\"unavailable\"}}\n\n",
                encode(accepted(), token(1, "a"), failed));
    }

    private static final List<String> CALLING = List.of(
            "Let me see.",
            "\n<tool",
            "_call>{\"name\": \"weather\", \"argu",
            "ments\": {\"city\": \"Graz\"}}",
            "</tool_call>");

    @Test
    void aToolCallIsOneDeltaAndTheReasonOfTheEnd() {
        assertEquals(calling(0), encodeCalling(0));
    }

    @Test
    void aResumptionAmidACallGetsTheWholeCall() {
        for (int seen = 1; seen < 5; seen++) {
            assertEquals(calling(seen), encodeCalling(seen), "after event " + seen);
        }
        assertEquals(chat("6", "{}", "\"tool_calls\"") + "data: [DONE]\n\n", encodeCalling(5));
    }

    private static String calling(long after) {
        String call = "{\"tool_calls\":[{\"id\":\"" + CompletionId.ofCall("h-1", 0) + "\",\"type\":\"function\","
                + "\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Graz\\\"}\"},\"index\":0}]}";
        return (after == 0 ? chat("0", "{\"role\":\"assistant\",\"content\":\"\"}", "null") : "")
                + (after == 0 ? chat("1", "{\"content\":\"Let me see.\"}", "null") : "")
                + chat("5", call, "null")
                + chat("6", "{}", "\"tool_calls\"")
                + "data: [DONE]\n\n";
    }

    /** All events, each in a call of its own. */
    private static String encodeCalling(long after) {
        ToolCallParser parser = ToolCallParser.of(true, Limits.DEFAULTS);
        ChunkEncoder encoder = new ChunkEncoder(Endpoint.CHAT_COMPLETIONS, CREATED, false, after, parser);
        StringBuilder all = new StringBuilder(encode(encoder, ACCEPTED));
        for (int i = 0; i < CALLING.size(); i++) {
            all.append(encode(encoder, token(i + 1, CALLING.get(i))));
        }
        return all.append(encode(encoder, finished(6, FinishReason.STOP, ""))).toString();
    }

    private static ToolCallParser noTools() {
        return ToolCallParser.of(false, Limits.DEFAULTS);
    }

    private static ChunkEncoder accepted() {
        ChunkEncoder encoder = new ChunkEncoder(Endpoint.CHAT_COMPLETIONS, CREATED, false, 0, noTools());
        encode(encoder, ACCEPTED);
        return encoder;
    }

    private static String chatHead() {
        return "{\"id\":\"chatcmpl-" + DIGEST + "\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
                + "\"model\":\"smol\\\"lm\",\"choices\":[";
    }

    private static String chat(String number, String delta, String reason) {
        return "id: h-1:" + number + "\ndata: " + chatHead() + "{\"index\":0,\"delta\":" + delta
                + ",\"logprobs\":null,\"finish_reason\":" + reason + "}]}\n\n";
    }

    private static TokenEvent token(long number, String text) {
        return new TokenEvent.Token(number, 42, text);
    }

    private static TokenEvent finished(long number, FinishReason reason, String text) {
        return new TokenEvent.Finished(number, reason, text, new Usage(7, 4, 5), Optional.empty());
    }

    private static String encode(ChunkEncoder encoder, TokenEvent... events) {
        return new String(encoder.encode(List.of(events)), StandardCharsets.UTF_8);
    }
}
