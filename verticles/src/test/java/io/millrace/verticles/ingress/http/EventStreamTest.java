package io.millrace.verticles.ingress.http;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.engine.StepException;
import io.millrace.verticles.ingress.ApiKeys;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.HttpFront;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers that come as server-sent events. */
class EventStreamTest {

    private static final String PATH = "/v1/completions";
    private static final Pattern TEXT = Pattern.compile("\"(?:text|content)\":\"([^\"]*)\"");

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
    void aChatBeginsWithItsRoleAndEndsWithUsageAndDone() {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED);
        HttpResponse<String> answer = front.post(
                "/v1/chat/completions",
                "{'messages':[{'role':'user','content':'xx'}],'max_tokens':3,'stream':true,"
                        + "'stream_options':{'include_usage':true}}");
        assertEquals(
                "text/event-stream", answer.headers().firstValue("Content-Type").orElse(""));
        List<String> data = data(answer.body());
        assertTrue(data.getFirst().contains("\"delta\":{\"role\":\"assistant\",\"content\":\"\"}"), data.getFirst());
        assertEquals("2 3 4 ", text(answer.body()));
        assertTrue(data.get(data.size() - 3).contains("\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\""));
        assertTrue(
                data.get(data.size() - 2)
                        .endsWith(
                                "\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3,\"total_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":0}}}"));
        assertEquals("[DONE]", data.getLast());
    }

    @Test
    void aStopStringIsNotPartOfTheText() {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED);
        String body = front.post(PATH, "{'prompt':'x','max_tokens':9,'stream':true,'stop':['4']}")
                .body();
        assertEquals("1 2 3 ", text(body));
        assertTrue(body.contains("\"finish_reason\":\"stop\""), body);
    }

    @Test
    void aClientThatComesBackGetsTheRestWithoutGapOrRepeat() {
        start(Limits.DEFAULTS, 3);
        String id;
        try (HttpFront.Raw client = front.raw(PATH, "{'prompt':'x','max_tokens':6,'stream':true}")) {
            id = awaitEvent(client, 2);
        }
        stage.allow(CountingStage.UNLIMITED / 2);
        String handle = id.substring(0, id.indexOf(':'));
        HttpResponse<String> rest = front.get("/v1/streams/" + handle + "?object=text_completion", "Last-Event-ID", id);
        assertEquals("3 4 5 6 ", text(rest.body()));
        assertTrue(rest.body().endsWith("data: [DONE]\n\n"));

        HttpResponse<String> byPost = front.post(PATH, "{'prompt':'x','stream':true}", "Last-Event-ID", handle + ":4");
        assertEquals("5 6 ", text(byPost.body()));
        HttpResponse<String> whole = front.get("/v1/streams/" + handle);
        assertTrue(data(whole.body()).getFirst().contains("\"role\":\"assistant\""), whole.body());
        assertEquals("1 2 3 4 5 6 ", text(whole.body()));
    }

    @Test
    void whoSawTheEndIsToldThatNothingFollows() {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED);
        String body =
                front.post(PATH, "{'prompt':'x','max_tokens':2,'stream':true}").body();
        String last =
                body.substring(body.lastIndexOf("id: ") + 4).lines().findFirst().orElseThrow();
        HttpResponse<String> again = front.post(PATH, "{'prompt':'x','stream':true}", "Last-Event-ID", last);
        assertEquals(410, again.statusCode());
        assertTrue(again.body().contains("the stream ended with event 3"), again.body());
        assertEquals(
                400,
                front.post(PATH, "{'prompt':'x','stream':true}", "Last-Event-ID", "7")
                        .statusCode());
    }

    @Test
    void aConnectionWhoseStreamWasTakenOverIsClosed() {
        start(Limits.DEFAULTS, 3);
        try (HttpFront.Raw first = front.raw(PATH, "{'prompt':'x','max_tokens':6,'stream':true}")) {
            String id = awaitEvent(first, 3);
            try (HttpFront.Raw second = front.raw(PATH, "{'prompt':'x','stream':true}", "Last-Event-ID: " + id)) {
                assertNull(first.await("data: "));
                stage.allow(CountingStage.UNLIMITED / 2);
                assertEquals("data: [DONE]", second.await("data: [DONE]"));
            }
        }
    }

    @Test
    void aStreamThatFailsEndsWithAnErrorAndNotWithDone() {
        start(Limits.DEFAULTS, 2);
        try (HttpFront.Raw client =
                front.raw(PATH, "{'prompt':'x','max_tokens':6,'stream':true}", "Connection: close")) {
            awaitEvent(client, 1);
            stage.failNext(StepException.Kind.FATAL);
            stage.allow(10);
            String error = client.await("data: {\"error\"");
            assertTrue(error.contains("\"type\":\"server_error\""), error);
            assertNull(client.await("data: [DONE]"));
        }
    }

    @Test
    void aClientThatLeavesFreesItsSlot() {
        start(Limits.DEFAULTS, 2);
        HttpFront.Raw client = front.raw(PATH, "{'prompt':'x','max_tokens':50,'stream':true}");
        client.await("data: ");
        client.close();
        stage.allow(2);
        TestReplica.eventually("it is parked", () -> replica.load().parked() == 1);
        assertEquals(0, replica.load().running());
    }

    @Test
    void aSlowReaderHoldsItsBufferAndSlowsNobodyElse() {
        Limits room = TestLimits.with(TestLimits.with("contextTokens", 30_000), "kvBlocks", 240);
        start(TestLimits.with(room, "outputBufferBytes", 4096), CountingStage.UNLIMITED);
        Vertx clientVertx = Vertx.vertx();
        HttpClient http2 = clientVertx.createHttpClient(
                new HttpClientOptions().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
        try {
            HttpClientResponse slow = TestReplica.await(http2.request(HttpMethod.POST, front.port(), "127.0.0.1", PATH)
                    .compose(request -> request.putHeader("Content-Type", "application/json")
                            .send("{\"prompt\":\"x\",\"max_tokens\":20000,\"stream\":true}"))
                    .map(EventStreamTest::paused));
            TestReplica.eventually("it is stalled", () -> replica.load().stalled() == 1);
            assertEquals(
                    200, front.post(PATH, "{'prompt':'xx','max_tokens':500}").statusCode());
            assertEquals(1, replica.load().stalled());

            Future<Buffer> rest = slow.body();
            slow.resume();
            String everything =
                    IntStream.rangeClosed(1, 20_000).mapToObj(i -> i + " ").collect(joining());
            assertEquals(everything, text(TestReplica.await(rest).toString()));
        } finally {
            TestReplica.await(clientVertx.close());
        }
    }

    private static HttpClientResponse paused(HttpClientResponse response) {
        response.pause();
        return response;
    }

    private static String awaitEvent(HttpFront.Raw client, int number) {
        String id = client.await("id: ");
        while (!id.endsWith(":" + number)) {
            id = client.await("id: ");
        }
        client.await("data: ");
        return id.substring("id: ".length());
    }

    private static List<String> data(String body) {
        return body.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring(6))
                .toList();
    }

    private static String text(String body) {
        Matcher matcher = TEXT.matcher(body);
        return matcher.results().map(found -> found.group(1)).collect(joining());
    }

    private void start(Limits limits, int permits) {
        stage = new CountingStage(permits);
        replica = new TestReplica(limits, stage);
        front = new HttpFront(replica, ApiKeys.OPEN);
    }
}
