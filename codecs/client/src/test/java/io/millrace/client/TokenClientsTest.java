package io.millrace.client;

import static io.millrace.client.Script.ACCEPTED;
import static io.millrace.client.Script.REQUEST;
import static io.millrace.client.Script.finished;
import static io.millrace.client.Script.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.millrace.api.TokenSource;
import io.smallrye.mutiny.Multi;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenClientsTest {

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:1", "quic://localhost", "quic:4433", "localhost:4433", "ws:///path"})
    void anAddressThatIsNoServerIsRefused(String address) {
        Vertx vertx = Vertx.vertx();
        assertThrows(
                IllegalArgumentException.class,
                () -> TokenClients.connect(vertx, URI.create(address), ClientOptions.DEFAULTS));
        vertx.close().await();
    }

    @Test
    void inProcessTheSourceIsReadWithItsOwnDemand() {
        TokenSource source = new TokenSource() {
            @Override
            public Flow.Publisher<TokenEvent> generate(Request request) {
                return Multi.createFrom().items(ACCEPTED, token(1), finished(2));
            }

            @Override
            public Flow.Publisher<TokenEvent> resume(String handle, long lastEvent) {
                return Multi.createFrom().items(ACCEPTED, finished(lastEvent + 1));
            }
        };
        try (TokenClient client = TokenClients.inProcess(source)) {
            Recorder recorder = Recorder.of(client.generate(REQUEST)).request(2);
            assertEquals(ACCEPTED, recorder.event());
            assertEquals(token(1), recorder.event());
            assertTrue(recorder.quiet());
            recorder.request(1);
            assertEquals(finished(2), recorder.event());
            recorder.completes();
            assertEquals(
                    List.of(ACCEPTED, finished(6)),
                    client.resume("h-1", 5).collect().asList().await().indefinitely());
        }
    }

    @Test
    void theKeyIsNotPartOfWhatOptionsPrint() {
        assertFalse(ClientOptions.DEFAULTS.withApiKey("secret").toString().contains("secret"));
    }
}
