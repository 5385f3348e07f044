package io.millrace.verticles.app;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.client.TokenClients;
import io.millrace.verticles.testing.CountingNode;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.MetricsText;
import io.smallrye.mutiny.subscription.Cancellable;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NodeMetersTest {

    @Test
    void responsesAreMeasuredByTheNamesOfTheGenAiConventions() throws Exception {
        try (CountingNode counting = new CountingNode("genai", new CountingStage(CountingStage.UNLIMITED), Map.of());
                MetricsText metrics = new MetricsText(counting.node)) {
            metrics.complete("/v1/completions", "{\"prompt\": \"xxx\", \"max_tokens\": 5}");
            metrics.complete("/v1/completions", "{\"prompt\": \"xxx\", \"max_tokens\": 1}");
            String of = "gen_ai_operation_name=\"text_completion\",gen_ai_request_model=\"random:genai\"}";
            assertEquals(2, metrics.value("gen_ai_server_request_duration_seconds_count{error_type=\"\"," + of));
            assertEquals(2, metrics.value("gen_ai_server_time_to_first_token_seconds_count{" + of));
            // One token has no gap.
            assertEquals(1, metrics.value("gen_ai_server_time_per_output_token_seconds_count{" + of));
            assertEquals(4, metrics.value("millrace_inter_token_latency_seconds_count"));
            assertEquals(2, metrics.value("millrace_queue_time_seconds_count"));
        }
    }

    @Test
    void aCancelledResponseIsToldApartFromThoseThatEnded() throws Exception {
        try (CountingNode counting = new CountingNode("cancelled", new CountingStage(3), Map.of());
                MetricsText metrics = new MetricsText(counting.node)) {
            Cancellable endless = generate(counting, "xxx");
            eventually("it runs", () -> metrics.value("millrace_tokens_output_total") >= 1);
            endless.cancel();
            String series = "gen_ai_server_request_duration_seconds_count{error_type=\"cancelled\","
                    + "gen_ai_operation_name=\"text_completion\",gen_ai_request_model=\"random:cancelled\"}";
            eventually("it is counted", () -> metrics.value(series) == 1);
        }
    }

    @Test
    void routersReadWhatRunsWhatWaitsAndHowFullTheCacheIs() throws Exception {
        try (CountingNode counting = new CountingNode("routed", new CountingStage(3), Map.of());
                MetricsText metrics = new MetricsText(counting.node)) {
            assertEquals(1, metrics.value("millrace_ready"));
            assertEquals(0, metrics.value("millrace_num_requests_running"));
            assertEquals(0, metrics.value("millrace_kv_cache_usage"));
            generate(counting, "xxx");
            eventually("it runs", () -> metrics.value("millrace_num_requests_running") == 1);
            // A block of the 4 sequences' 8 each.
            assertEquals(1 / 32.0, metrics.value("millrace_kv_cache_usage"));
            for (int i = 0; i < 5; i++) {
                generate(counting, "xxx");
            }
            // A step that ran before they came would seat none of them.
            eventually("all wait", () -> metrics.value("millrace_num_requests_waiting") == 5);
            counting.stage.allow(3);
            eventually("the slots are taken", () -> metrics.value("millrace_num_requests_running") == 4);
            eventually("two wait", () -> metrics.value("millrace_num_requests_waiting") == 2);
            counting.node.drain();
            eventually("it says so", () -> metrics.value("millrace_ready") == 0);
        }
    }

    @Test
    void theProcessShowsItsUseOfCpuAndMemory() throws Exception {
        try (CountingNode counting = new CountingNode("process", new CountingStage(0), Map.of());
                MetricsText metrics = new MetricsText(counting.node)) {
            assertTrue(metrics.value("process_cpu_time_ns_total") > 0);
            int processors = Runtime.getRuntime().availableProcessors();
            assertEquals(new CpuLimit(Path.of("/")).cores(processors), metrics.value("millrace_cpu_limit"));
            assertTrue(metrics.names().contains("jvm_memory_used_bytes"));
        }
    }

    private static Cancellable generate(CountingNode counting, String prompt) {
        Request endless = new Request("", new Prompt.Text(prompt), SamplingParams.GREEDY, 0, List.of());
        return TokenClients.inProcess(counting.node.source())
                .generate(endless)
                .subscribe()
                .with(event -> {});
    }
}
