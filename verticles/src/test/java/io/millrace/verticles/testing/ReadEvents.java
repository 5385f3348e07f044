package io.millrace.verticles.testing;

import static java.util.stream.Collectors.joining;

import io.millrace.api.TokenEvent;
import java.util.List;

/** What has come of one stream. */
public interface ReadEvents {

    List<TokenEvent> events();

    default String handle() {
        return ((TokenEvent.Accepted) events().getFirst()).handle();
    }

    default long tokens() {
        return events().stream().filter(TokenEvent.Token.class::isInstance).count();
    }

    default String text() {
        return events().stream()
                .filter(TokenEvent.Token.class::isInstance)
                .map(token -> ((TokenEvent.Token) token).text())
                .collect(joining());
    }

    /** Of the tokens among {@code events}. */
    static List<Integer> ids(List<TokenEvent> events) {
        return events.stream()
                .filter(TokenEvent.Token.class::isInstance)
                .map(event -> ((TokenEvent.Token) event).id())
                .toList();
    }

    default void awaitTokens(int count) {
        TestReplica.eventually(count + " tokens", () -> tokens() >= count);
    }
}
