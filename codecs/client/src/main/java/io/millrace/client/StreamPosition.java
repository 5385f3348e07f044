package io.millrace.client;

import io.millrace.api.TokenEvent;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Resume;
import java.util.OptionalInt;

/** How far one generation has come, over all its attachments: what to ask for next, and which events are new. */
final class StreamPosition {

    private final Generate generate;
    private String handle;
    private long lastEvent;
    private boolean accepted;

    private StreamPosition(Generate generate, String handle, long lastEvent) {
        this.generate = generate;
        this.handle = handle;
        this.lastEvent = lastEvent;
    }

    static StreamPosition of(Generate generate) {
        return new StreamPosition(generate, "", 0);
    }

    static StreamPosition of(String handle, long lastEvent) {
        return new StreamPosition(Generate.getDefaultInstance(), handle, lastEvent);
    }

    /** The first frame of a new attachment. A generation whose {@code Accepted} never came is asked for again. */
    ClientFrame opening(String apiKey, OptionalInt credit) {
        accepted = false;
        if (handle.isEmpty()) {
            Generate.Builder first = generate.toBuilder().setApiKey(apiKey);
            credit.ifPresent(first::setInitialCredit);
            return ClientFrame.newBuilder().setGenerate(first).build();
        }
        Resume.Builder next = Resume.newBuilder()
                .setHandle(handle)
                .setLastEvent((int) lastEvent)
                .setApiKey(apiKey);
        credit.ifPresent(next::setInitialCredit);
        return ClientFrame.newBuilder().setResume(next).build();
    }

    /** @return whether the event is new to the subscriber */
    boolean advance(TokenEvent event) {
        return switch (event) {
            case TokenEvent.Accepted first -> accepted(first);
            case TokenEvent.Token token -> numbered(token.number());
            case TokenEvent.Finished finished -> numbered(finished.number());
            case TokenEvent.Rejected rejected -> true;
        };
    }

    private boolean accepted(TokenEvent.Accepted first) {
        require(!accepted, "a second Accepted");
        require(!first.handle().isEmpty(), "an Accepted without a handle");
        require(handle.isEmpty() || handle.equals(first.handle()), "an Accepted of another stream");
        accepted = true;
        handle = first.handle();
        return true;
    }

    private boolean numbered(long number) {
        require(accepted, "event " + number + " before Accepted");
        require(number <= lastEvent + 1, "event " + number + " after event " + lastEvent);
        boolean isNew = number > lastEvent;
        lastEvent = Math.max(lastEvent, number);
        return isNew;
    }

    private static void require(boolean allowed, String why) {
        if (!allowed) {
            throw new ProtocolException("the server sent " + why);
        }
    }
}
