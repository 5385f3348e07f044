package io.millrace.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class JsonAnswerTest {

    @Test
    void anErrorObjectHasTheFourFieldsThatTheSdksRead() {
        JsonAnswer answer = JsonAnswer.error(Rejection.invalid("top_p", "top_p must be a \"number\""));
        assertEquals(
                "{\"error\":{\"message\":\"top_p must be a \\\"number\\\"\",\"type\":\"invalid_request_error\","
                        + "\"param\":\"top_p\",\"code\":\"invalid_request\"}}",
                text(answer));
    }

    @ParameterizedTest
    @EnumSource
    void everyCodeHasItsStatusAndIsNamed(ErrorCode code) {
        JsonAnswer answer = JsonAnswer.error(Rejection.of(code, "why"));
        assertEquals(code.httpStatus(), answer.status());
        assertTrue(text(answer)
                .endsWith("_error\",\"param\":null,\"code\":\"" + code.name().toLowerCase(Locale.ROOT) + "\"}}"));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "1000,1", "1001,2"})
    void retryAfterIsInWholeSecondsAndNeverTooShort(long millis, long seconds) {
        Rejection full = Rejection.overloaded("full", Duration.ofMillis(millis));
        assertEquals(seconds, JsonAnswer.error(full).retryAfterSeconds());
    }

    @Test
    void modelsAreAList() {
        assertEquals(
                "{\"object\":\"list\",\"data\":[{\"id\":\"smollm2\",\"object\":\"model\",\"created\":9,"
                        + "\"owned_by\":\"millrace\"}]}",
                text(JsonAnswer.models(List.of("smollm2"), 9)));
    }

    private static String text(JsonAnswer answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
