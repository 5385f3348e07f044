package io.millrace.client;

import io.millrace.api.FinishReason;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import io.millrace.wire.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The events that scripted streams are made of. */
final class Script {

    static final Request REQUEST = new Request("", new Prompt.Text("hi"), SamplingParams.GREEDY, 9, List.of());
    static final TokenEvent ACCEPTED = new TokenEvent.Accepted("h-1", "smollm2", 2);

    private Script() {}

    static TokenEvent token(long number) {
        return new TokenEvent.Token(number, (int) number + 100, "t" + number);
    }

    static TokenEvent finished(long number) {
        return new TokenEvent.Finished(number, FinishReason.STOP, "", new Usage(2, (int) number - 1), Optional.empty());
    }

    static TokenEvent rejected(Rejection rejection) {
        return new TokenEvent.Rejected(rejection);
    }

    static List<TokenEvent> tokens(long first, long last) {
        List<TokenEvent> tokens = new ArrayList<>();
        for (long number = first; number <= last; number++) {
            tokens.add(token(number));
        }
        return tokens;
    }

    static void send(Peer peer, TokenEvent... events) {
        Events.toWire(0, List.of(events), 256).forEach(peer::send);
    }

    static void send(Peer peer, List<TokenEvent> events) {
        send(peer, events.toArray(TokenEvent[]::new));
    }
}
