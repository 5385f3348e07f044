package io.millrace.verticles.ingress.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.HttpFront;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that come whole. */
class HttpAnswersTest {

    private static final String PATH = "/v1/completions";
    private static final String BODY = "{'prompt':'xxx','max_tokens':4}";

    private CountingStage stage;
    private TestReplica replica;
    private HttpFront front;

    @AfterEach
    void close() {
        stage.allow(CountingStage.UNLIMITED / 2);
        TestReplica.eventually("nothing runs", () -> replica.load().running() == 0);
        front.close();
        replica.close();
    }

    @Test
    void aCallWithoutStreamIsOneAnswer() {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED, ApiKeys.OPEN);
        HttpResponse<String> answer = front.post(PATH, BODY);
        assertEquals(200, answer.statusCode());
        assertEquals(Optional.of("application/json"), answer.headers().firstValue("Content-Type"));
        assertEquals(
                "'object':'text_completion','created':1700000000,'model':'counting','choices':[{'index':0,"
                        + "'text':'3 4 5 6 ','logprobs':null,'finish_reason':'length'}],"
                        + "'usage':{'prompt_tokens':3,'completion_tokens':4,'total_tokens':7,'prompt_tokens_details':{'cached_tokens':0}}}",
                answer.body().replace('"', '\'').replaceFirst("^.*?,", ""));
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/completions, 405, invalid_request",
        "POST, /v1/models, 405, invalid_request",
        "DELETE, /v1/streams/h, 405, invalid_request",
        "GET, /v1/nothing, 404, not_found",
        "GET, /, 404, not_found",
        "GET, /v1/streams/h, 404, not_found",
        "GET, /v1/streams/h?object=thing, 400, invalid_request",
        "GET, /v1/streams/h%2Fh, 400, invalid_request",
        "POST, /v1/completions, 415, invalid_request"
    })
    void aWrongRequestIsAnErrorObject(String method, String path, int status, String code) {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED, ApiKeys.OPEN);
        HttpResponse<String> answer = front.send(front.request(path).method(method, BodyPublishers.ofString("{}")));
        assertEquals(status, answer.statusCode());
        assertTrue(answer.body().endsWith("\"code\":\"" + code + "\"}}"), answer.body());
    }

    @Test
    void aBadBodyIsRefusedAndTheNextIsServed() {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED, ApiKeys.OPEN);
        HttpResponse<String> bad = front.post(PATH, "{'prompt':'xxx','top_p':7}");
        assertEquals(400, bad.statusCode());
        assertTrue(bad.body().contains("\"param\":\"top_p\""), bad.body());
        assertEquals(400, front.post(PATH, "{'prompt':''}").statusCode());
        assertEquals(200, front.post(PATH, BODY).statusCode());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anOversizedBodyIsRefusedWhetherItSaysItsLengthOrNot(boolean announced) {
        start(TestLimits.with("maxFrameBytes", 1000), CountingStage.UNLIMITED, ApiKeys.OPEN);
        byte[] body = new byte[1001];
        HttpResponse<String> answer = front.send(front.request(PATH, "Content-Type", "application/json")
                .POST(
                        announced
                                ? BodyPublishers.ofByteArray(body)
                                : BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))));
        assertEquals(413, answer.statusCode());
        assertTrue(answer.body().contains("the limit of 1000"), answer.body());
    }

    @Test
    void aLongBodyIsReadOffTheLoop() {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED, ApiKeys.OPEN);
        String user = "u".repeat(100_000);
        assertEquals(
                200,
                front.post(PATH, "{'prompt':'x','max_tokens':1,'user':'" + user + "'}")
                        .statusCode());
    }

    @Test
    void aFullNodeSaysWhenToComeBack() {
        start(TestLimits.with("maxStreams", 1), 1, ApiKeys.OPEN);
        try (HttpFront.Raw first = front.raw(PATH, "{'prompt':'xxx','max_tokens':9,'stream':true}")) {
            first.await("data: ");
            HttpResponse<String> answer = front.post(PATH, BODY);
            assertEquals(429, answer.statusCode());
            assertEquals(Optional.of("1"), answer.headers().firstValue("Retry-After"));
        }
    }

    @Test
    void aNodeWithoutAModelIsAliveAndNotReady() {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED, ApiKeys.OPEN);
        assertEquals("ready\n", front.get("/health/ready").body());
        replica.streams.switchTo(new Replica.Unready("the model is loading"));
        assertEquals(200, front.get("/health/live").statusCode());
        assertEquals(503, front.get("/health/ready").statusCode());
        assertEquals(503, front.post(PATH, BODY).statusCode());
        assertEquals(
                "{\"object\":\"list\",\"data\":[]}", front.get("/v1/models").body());
    }

    @Test
    void modelsAndMetricsAreThere() {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED, ApiKeys.OPEN);
        front.post(PATH, BODY);
        assertTrue(front.get("/v1/models").body().contains("\"id\":\"counting\""));
        assertTrue(front.get("/metrics").body().contains("millrace_step_time_seconds_count"));
    }

    @Test
    void withKeysEverythingButHealthNeedsOne() {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED, key -> "k".equals(key) ? Optional.of("ann") : Optional.empty());
        for (String path : List.of("/v1/models", "/metrics", "/v1/streams/h", "/v1/nothing")) {
            HttpResponse<String> answer = front.get(path, "Authorization", "Bearer wrong");
            assertEquals(401, answer.statusCode(), path);
            assertEquals(Optional.of("Bearer"), answer.headers().firstValue("WWW-Authenticate"));
        }
        assertEquals(401, front.post(PATH, BODY).statusCode());
        assertEquals(200, front.post(PATH, BODY, "Authorization", "Bearer k").statusCode());
        assertEquals(200, front.get("/health/ready").statusCode());
    }

    @Test
    void aClientThatLeavesBeforeItsAnswerCancels() {
        start(Limits.DEFAULTS, 1, ApiKeys.OPEN);
        HttpFront.Raw client = front.raw(PATH, "{'prompt':'xxx','max_tokens':50}");
        TestReplica.eventually("it runs", () -> replica.load().running() == 1);
        client.close();
        TestReplica.eventually("it is cancelled", () -> replica.meters.scrape().contains("reason=\"cancelled\""));
    }

    @Test
    void aConnectionThatCarriesNoRequestIsClosedAndOneThatWaitsForItsAnswerIsNot() {
        start(TestLimits.with("idleTimeout", Duration.ofMillis(50)), 1, ApiKeys.OPEN);
        try (HttpFront.Raw waiting = front.raw(PATH, "{'prompt':'xxx','max_tokens':9,'stream':true}");
                HttpFront.Raw idle = front.raw("/v1/nothing", "{}")) {
            waiting.await("data: ");
            assertNull(idle.await("nothing begins so"));
            TestReplica.eventually("one is left", () -> front.connections.get() == 1);
        }
    }

    @Test
    void aBodyThatDoesNotComeIsNotWaitedForLongerThanTheLimit() {
        start(TestLimits.with("idleTimeout", Duration.ofMillis(50)), 1, ApiKeys.OPEN);
        try (HttpFront.Raw slow = front.raw(PATH, "", "Transfer-Encoding: chunked")) {
            assertEquals("HTTP/1.1 400 Bad Request", slow.await("HTTP"));
        }
    }

    @Test
    void aConnectionOverTheLimitIsClosedAtOnce() {
        start(TestLimits.with("maxConnections", 1), 1, ApiKeys.OPEN);
        try (HttpFront.Raw first = front.raw(PATH, "{'prompt':'xxx','max_tokens':9,'stream':true}")) {
            first.await("data: ");
            try (HttpFront.Raw second = front.raw(PATH, BODY)) {
                assertNull(second.await("HTTP"));
            }
        }
    }

    private void start(Limits limits, int permits, ApiKeys keys) {
        stage = new CountingStage(permits);
        replica = new TestReplica(limits, stage);
        front = new HttpFront(replica, keys);
    }
}
