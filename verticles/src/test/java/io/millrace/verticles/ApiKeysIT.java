package io.millrace.verticles;

import static io.millrace.verticles.testing.RealNode.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.verticles.app.Node;
import io.millrace.verticles.testing.Curl;
import io.millrace.verticles.testing.PythonClients;
import io.millrace.verticles.testing.PythonEnvironment;
import io.millrace.verticles.testing.RealNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node with API keys refuses everybody without one, on every transport. */
class ApiKeysIT {
    private static final String KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    private static final List<String> ANONYMOUS = List.of();
    private static final List<String> STRANGER = List.of("-H", "Authorization: Bearer " + KEY.replace('0', '1'));
    private static final List<String> KNOWN = List.of("-H", "Authorization: Bearer " + KEY);

    private static Node node;

    @BeforeAll
    static void aNodeWithOneKey(@TempDir Path folder) throws Exception {
        PythonEnvironment.create();
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(KEY.getBytes(StandardCharsets.UTF_8));
        Path keys = Files.writeString(folder.resolve("keys.txt"), HexFormat.of().formatHex(hash) + " acme\n");
        node = RealNode.start(Map.of("api-keys-file", keys.toString()));
    }

    @AfterAll
    static void stop() throws Exception {
        if (node != null) {
            await(node.close());
        }
    }

    @Test
    void everyRouteButHealthNeedsAKey() throws Exception {
        Curl curl = new Curl(node.httpPort());
        Map<String, Integer> withKey = Map.of(
                "/v1/models", 200,
                "/metrics", 200,
                "/v1/chat/completions", 405,
                "/v1/completions", 405,
                "/v1/streams/nobodys", 404,
                "/no/such/route", 404);
        for (String path : withKey.keySet()) {
            assertEquals(401, curl.status(path, ANONYMOUS), path);
            assertEquals(401, curl.status(path, STRANGER), path);
            assertEquals(withKey.get(path), curl.status(path, KNOWN), path);
        }
        assertEquals(200, curl.status("/health/live", ANONYMOUS));
        assertEquals(200, curl.status("/health/ready", ANONYMOUS));
    }

    @Test
    void everyClientNeedsAKeyAndThenWorks() throws Exception {
        PythonClients clients = new PythonClients(node);
        clients.openAi().assertFailedSaying("AuthenticationError");
        clients.openAi("--api-key", KEY).assertSucceeded();
        clients.quic("localhost").assertFailedSaying("unauthenticated");
        clients.quic("localhost", "--resume", "--max-tokens", "12", "--api-key", KEY)
                .assertSucceeded();
        clients.grpc().assertFailedSaying("unauthenticated");
        clients.grpc("--resume", "--max-tokens", "12", "--api-key", KEY).assertSucceeded();
        for (String form : List.of("binary", "json")) {
            clients.webSocket("--form", form).assertFailedSaying("unauthenticated");
            clients.webSocket("--form", form, "--resume", "--max-tokens", "12", "--api-key", KEY)
                    .assertSucceeded();
        }
    }
}
