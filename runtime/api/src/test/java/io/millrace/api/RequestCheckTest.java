package io.millrace.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestCheckTest {

    private static final Limits LIMITS = Limits.DEFAULTS;

    @Test
    void theDefaultsOfEveryFieldPass() {
        assertEquals(Optional.empty(), RequestCheck.sampling(SamplingParams.GREEDY, ""));
        assertEquals(Optional.empty(), RequestCheck.sampling(new SamplingParams(2, 0, 1, 1, 10, -2, 2, -1), ""));
        assertEquals(Optional.empty(), RequestCheck.maxTokens("max_tokens", 0));
        assertEquals(Optional.empty(), RequestCheck.stop("stop", List.of(), LIMITS));
        assertEquals(Optional.empty(), RequestCheck.messages("messages", 1, LIMITS));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -100, 3e38f})
    void noFieldTakesNanInfinityOrAHugeNumber(float bad) {
        assertEquals("temperature", field(new SamplingParams(bad, 0, 1, 0, 1, 0, 0, 0)));
        assertEquals("top_p", field(new SamplingParams(1, 0, bad, 0, 1, 0, 0, 0)));
        assertEquals("min_p", field(new SamplingParams(1, 0, 1, bad, 1, 0, 0, 0)));
        assertEquals("repetition_penalty", field(new SamplingParams(1, 0, 1, 0, bad, 0, 0, 0)));
        assertEquals("presence_penalty", field(new SamplingParams(1, 0, 1, 0, 1, bad, 0, 0)));
        assertEquals("frequency_penalty", field(new SamplingParams(1, 0, 1, 0, 1, 0, bad, 0)));
    }

    @Test
    void topPOfZeroWouldKeepNoToken() {
        assertEquals(
                Optional.of(Rejection.invalid("sampling.top_p", "sampling.top_p must be greater than 0 and at most 1")),
                RequestCheck.sampling(new SamplingParams(1, 0, 0, 0, 1, 0, 0, 0), "sampling."));
    }

    @Test
    void negativeCountsAreNamed() {
        assertEquals("top_k", field(new SamplingParams(1, -1, 1, 0, 1, 0, 0, 0)));
        assertEquals(
                "max_tokens",
                RequestCheck.maxTokens("max_tokens", -1).orElseThrow().field());
    }

    @Test
    void stopStringsAreBoundedInNumberAndLength() {
        List<String> tooMany = Collections.nCopies(LIMITS.maxStopStrings() + 1, "x");
        List<String> tooLong = List.of("x", "x".repeat(LIMITS.maxStopLength() + 1));
        assertEquals(
                "stop", RequestCheck.stop("stop", tooMany, LIMITS).orElseThrow().field());
        assertEquals(
                "stop[1]",
                RequestCheck.stop("stop", tooLong, LIMITS).orElseThrow().field());
        assertEquals(
                "stop[0]",
                RequestCheck.stop("stop", List.of(""), LIMITS).orElseThrow().field());
    }

    @Test
    void aChatHasAtLeastOneMessageAndAtMostTheLimit() {
        assertEquals(
                "messages has 0 messages; it must have 1 to 1024",
                RequestCheck.messages("messages", 0, LIMITS).orElseThrow().message());
        assertEquals(
                "messages",
                RequestCheck.messages("messages", LIMITS.maxMessages() + 1, LIMITS)
                        .orElseThrow()
                        .field());
    }

    private static String field(SamplingParams params) {
        return RequestCheck.sampling(params, "").orElseThrow().field();
    }
}
