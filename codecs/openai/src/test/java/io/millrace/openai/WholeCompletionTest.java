package io.millrace.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WholeCompletionTest {

    private static final TokenEvent ACCEPTED = new TokenEvent.Accepted("h-1", "smollm2", 3);
    private static final TokenEvent HEL = new TokenEvent.Token(1, 5, "Hel");
    private static final TokenEvent LO = new TokenEvent.Token(2, 6, "lo");

    @Test
    void aChatIsOneAssistantMessage() {
        assertEquals(
                "{'id':'chatcmpl-DIGEST','object':'chat.completion','created':9,'model':'smollm2','choices':[{'index':0,"
                        + "'message':{'role':'assistant','content':'Hello!','refusal':null},'logprobs':null,"
                        + "'finish_reason':'stop'}],"
                        + "'usage':{'prompt_tokens':3,'completion_tokens':2,'total_tokens':5,"
                        + "'prompt_tokens_details':{'cached_tokens':0}}}",
                body(Endpoint.CHAT_COMPLETIONS));
    }

    @Test
    void aTextCompletionIsItsText() {
        assertEquals(
                "{'id':'cmpl-DIGEST','object':'text_completion','created':9,'model':'smollm2','choices':[{'index':0,"
                        + "'text':'Hello!','logprobs':null,'finish_reason':'stop'}],"
                        + "'usage':{'prompt_tokens':3,'completion_tokens':2,'total_tokens':5,"
                        + "'prompt_tokens_details':{'cached_tokens':0}}}",
                body(Endpoint.COMPLETIONS));
    }

    @Test
    void anAnswerThatOnlyCallsHasNoContent() {
        ToolCallParser parser = ToolCallParser.of(true, Limits.DEFAULTS);
        WholeCompletion whole = new WholeCompletion(Endpoint.CHAT_COMPLETIONS, 9, parser);
        TokenEvent text = new TokenEvent.Token(
                1,
                5,
                "<tool_call>\n{\"name\": \"a\", \"arguments\": {\"x\": 1.5}}\n</tool_call>\n<tool_call>{\"name\": \"b\"}");
        TokenEvent end =
                new TokenEvent.Finished(2, FinishReason.STOP, "</tool_call>\n", new Usage(3, 1), Optional.empty());
        JsonAnswer answer = whole.accept(List.of(ACCEPTED, text, end)).orElseThrow();
        String body = new String(answer.body(), StandardCharsets.UTF_8);
        assertTrue(
                body.contains(
                        "\"message\":{\"role\":\"assistant\",\"content\":null,\"refusal\":null,\"tool_calls\":[{\"id\":\""
                                + CompletionId.ofCall("h-1", 0)
                                + "\",\"type\":\"function\",\"function\":{\"name\":\"a\",\"arguments\":\"{\\\"x\\\":1.5}\"}},"),
                body);
        assertTrue(body.contains("\"function\":{\"name\":\"b\",\"arguments\":\"{}\"}}]}"), body);
        assertTrue(body.contains("\"finish_reason\":\"tool_calls\""), body);
    }

    @Test
    void anEdgeSaysWhoMadeTheAnswer() {
        WholeCompletion whole = new WholeCompletion(Endpoint.COMPLETIONS, 9, ToolCallParser.of(false, Limits.DEFAULTS));
        TokenEvent end = new TokenEvent.Finished(
                1, FinishReason.STOP, "", new Usage(3, 0), Optional.empty(), Tier.CENTER_THEN_EDGE);
        JsonAnswer answer = whole.accept(List.of(ACCEPTED, end)).orElseThrow();
        String body = new String(answer.body(), StandardCharsets.UTF_8);
        assertTrue(body.endsWith("},\"millrace\":{\"tier\":\"center_then_edge\"}}"), body);
    }

    @Test
    void aRejectionIsAnErrorWithItsStatus() {
        Rejection full = Rejection.overloaded("256 sequences wait", Duration.ofMillis(1500));
        JsonAnswer answer = new WholeCompletion(Endpoint.COMPLETIONS, 9, ToolCallParser.of(false, Limits.DEFAULTS))
                .accept(List.of(new TokenEvent.Rejected(full)))
                .orElseThrow();
        assertEquals(List.of(429, 2L), List.of(answer.status(), answer.retryAfterSeconds()));
    }

    @ParameterizedTest
    @CsvSource({"CANCELLED,499", "SLOW_CONSUMER,408", "ERROR,503"})
    void aBadEndIsAnErrorEvenAfterTokens(FinishReason reason, int status) {
        Rejection draining = Rejection.of(ErrorCode.UNAVAILABLE, "the node is stopping");
        Optional<Rejection> error = reason == FinishReason.ERROR ? Optional.of(draining) : Optional.empty();
        TokenEvent end = new TokenEvent.Finished(2, reason, "", new Usage(3, 1), error);
        JsonAnswer answer = new WholeCompletion(Endpoint.COMPLETIONS, 9, ToolCallParser.of(false, Limits.DEFAULTS))
                .accept(List.of(ACCEPTED, HEL, end))
                .orElseThrow();
        assertEquals(status, answer.status());
    }

    private static String body(Endpoint endpoint) {
        WholeCompletion whole = new WholeCompletion(endpoint, 9, ToolCallParser.of(false, Limits.DEFAULTS));
        TokenEvent end = new TokenEvent.Finished(3, FinishReason.STOP, "!", new Usage(3, 2), Optional.empty());
        assertTrue(whole.accept(List.of(ACCEPTED, HEL)).isEmpty());
        JsonAnswer answer = whole.accept(List.of(LO, end)).orElseThrow();
        assertEquals(200, answer.status());
        return new String(answer.body(), StandardCharsets.UTF_8)
                .replace('"', '\'')
                .replaceFirst("-[0-9a-f]{32}'", "-DIGEST'");
    }
}
