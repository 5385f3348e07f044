package io.millrace.verticles.app;

import static io.millrace.verticles.testing.RealNode.await;
import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.client.TokenClients;
import io.millrace.engine.StepException;
import io.millrace.verticles.testing.CountingNode;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.MetricsText;
import io.millrace.verticles.testing.ReadEvents;
import io.millrace.verticles.testing.RealNode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whole nodes of two replicas. The first stream is the first replica's, one beside it the second's. */
class ReplicasNodeTest {
    private static final List<Integer> COUNTED = IntStream.range(3, 43).boxed().toList();

    private final CountingStage first = new CountingStage(7);
    private final CountingStage second = new CountingStage(3);

    @Test
    void stepsAndCachesAreMeasuredForEachReplica() throws Exception {
        try (CountingNode counting = node("measured");
                MetricsText metrics = new MetricsText(counting.node)) {
            reading(counting.node);
            eventually("it runs", () -> running(metrics, 0) == 1);
            assertEquals(0, running(metrics, 1));
            eventually("its steps are counted", () -> metrics.value("millrace_step_time_seconds_count" + of(0)) > 1);
            assertEquals(0, metrics.value("millrace_step_time_seconds_count" + of(1)));
            assertTrue(metrics.value("millrace_kv_cache_usage" + of(0)) > 0);
            assertEquals(0, metrics.value("millrace_kv_cache_usage" + of(1)));
            for (int replica = 0; replica < 2; replica++) {
                assertEquals(0, metrics.value("millrace_prefix_cache_tokens" + of(replica)));
                assertTrue(metrics.value("millrace_stage_busy_seconds_total{replica=\"" + replica + "\",stage=\"0\"}")
                        >= 0);
            }
            assertEquals(0.25, metrics.value("millrace_device_busy_ratio{device=\"cuda:998\"}"));
            assertEquals(0, metrics.value("millrace_replicas_lost"));
        }
    }

    @Test
    void aNodeThatLostOneReplicaIsReadyAndTheOtherGoesOnWithItsStreams() throws Exception {
        try (CountingNode counting = node("degraded");
                MetricsText metrics = new MetricsText(counting.node)) {
            List<TokenEvent> ofFirst = reading(counting.node);
            List<TokenEvent> ofSecond = reading(counting.node);
            awaitOneEach(metrics);
            lose(first);
            eventually("it says so", () -> metrics.value("millrace_replicas_lost") == 1);
            assertEquals(200, metrics.ready());
            second.allow(CountingStage.UNLIMITED);
            assertEquals(COUNTED, ids(ofFirst));
            assertEquals(COUNTED, ids(ofSecond));
            assertEquals(200, metrics.ready());
            assertFalse(counting.node.fatal().isComplete());
        }
    }

    @Test
    void withItsLastReplicaANodeEndsAsWithItsOnlyOne() throws Exception {
        try (CountingNode counting = node("all-lost");
                MetricsText metrics = new MetricsText(counting.node)) {
            List<List<TokenEvent>> streams = List.of(reading(counting.node), reading(counting.node));
            awaitOneEach(metrics);
            lose(first);
            eventually("it says so", () -> metrics.value("millrace_replicas_lost") == 1);
            lose(second);
            eventually("it is lost", () -> counting.node.fatal().failed());
            assertEquals(
                    "the model stopped working", counting.node.fatal().cause().getMessage());
            assertEquals(503, metrics.ready());
            for (List<TokenEvent> events : streams) {
                assertEquals(
                        ErrorCode.UNAVAILABLE,
                        finished(events).error().orElseThrow().code());
            }
        }
    }

    @Test
    void aDrainIsDoneWhenTheStreamsOfBothReplicasAre() throws Exception {
        try (CountingNode counting = node("both-drained");
                MetricsText metrics = new MetricsText(counting.node)) {
            List<TokenEvent> ofFirst = reading(counting.node);
            List<TokenEvent> ofSecond = reading(counting.node);
            awaitOneEach(metrics);
            var drained = counting.node.drain();
            first.allow(CountingStage.UNLIMITED);
            assertEquals(COUNTED, ids(ofFirst));
            assertFalse(drained.isComplete(), "the second replica's stream still runs");
            second.allow(CountingStage.UNLIMITED);
            assertTrue(await(drained));
            assertEquals(COUNTED, ids(ofSecond));
        }
    }

    @Test
    void replicasOfARealModelGiveTheTokensOfOne() throws Exception {
        Request request = request(new Prompt.Text("Once upon a time"), 16);
        Node whole = RealNode.start(Map.of("device", "cpu", "threads", "1", "limits.context-tokens", "512"));
        List<Integer> expected = ids(reading(whole, request));
        await(whole.close());
        assertEquals(16, expected.size());

        Node both = RealNode.start(
                Map.of("device", "cpu", "threads", "2", "replicas", "2", "limits.context-tokens", "512"));
        try (MetricsText metrics = new MetricsText(both)) {
            List<List<TokenEvent>> streams = List.of(reading(both, request), reading(both, request));
            for (List<TokenEvent> events : streams) {
                assertEquals(expected, ids(events));
            }
            for (int replica = 0; replica < 2; replica++) {
                assertTrue(metrics.value("millrace_step_time_seconds_count" + of(replica)) >= 16);
            }
        }
        await(both.close());
    }

    private CountingNode node(String name) throws Exception {
        return new CountingNode(name, List.of(first, second), Map.of());
    }

    private static void lose(CountingStage stage) {
        stage.failNext(StepException.Kind.FATAL);
        stage.allow(CountingStage.UNLIMITED);
    }

    private static void awaitOneEach(MetricsText metrics) {
        eventually("each has one", () -> running(metrics, 0) == 1 && running(metrics, 1) == 1);
    }

    private static double running(MetricsText metrics, int replica) {
        return metrics.value("millrace_num_requests_running" + of(replica));
    }

    private static String of(int replica) {
        return "{replica=\"" + replica + "\"}";
    }

    private static Request request(Prompt prompt, int maxTokens) {
        return new Request("", prompt, SamplingParams.GREEDY, maxTokens, List.of());
    }

    private static List<TokenEvent> reading(Node node) {
        return reading(node, request(new Prompt.Text("xxx"), COUNTED.size()));
    }

    private static List<TokenEvent> reading(Node node, Request request) {
        List<TokenEvent> events = new CopyOnWriteArrayList<>();
        TokenClients.inProcess(node.source()).generate(request).subscribe().with(events::add);
        return events;
    }

    private static TokenEvent.Finished finished(List<TokenEvent> events) {
        eventually("an end", () -> !events.isEmpty() && events.getLast().terminal());
        return (TokenEvent.Finished) events.getLast();
    }

    private static List<Integer> ids(List<TokenEvent> events) {
        finished(events);
        return ReadEvents.ids(events);
    }
}
