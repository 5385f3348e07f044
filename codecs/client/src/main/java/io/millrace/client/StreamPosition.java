package io.millrace.client;

import io.millrace.api.TokenEvent;
import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Resume;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How far one generation has come, over all its attachments: what to ask for next, and which events are new.
 *
 * <p>A stream is resumed on the server that has it. Where that is gone the generation is asked for anew, with the tokens
 * received: another server goes on after them. They are kept for that.
 */
final class StreamPosition {
    /** Absent where the stream began elsewhere: it can only be resumed. */
    private final Optional<Generate> generate;

    private final List<Integer> received = new ArrayList<>();
    /** Empty while no server has the stream. */
    private String handle;

    private int holder;
    private String model = "";
    private long lastEvent;
    private boolean resuming;
    private boolean accepted;
    private int opened;

    private StreamPosition(Optional<Generate> generate, String handle, long lastEvent) {
        this.generate = generate;
        this.handle = handle;
        this.lastEvent = lastEvent;
    }

    static StreamPosition of(Generate generate) {
        return new StreamPosition(Optional.of(generate), "", 0);
    }

    static StreamPosition of(String handle, long lastEvent) {
        return new StreamPosition(Optional.empty(), handle, lastEvent);
    }

    /** The first frame of a new attachment. A generation whose {@code Accepted} never came is asked for again. */
    ClientFrame opening(int server, String apiKey, OptionalInt credit) {
        accepted = false;
        opened = server;
        resuming = generate.isEmpty() || !handle.isEmpty() && holder == server;
        return resuming ? resume(apiKey, credit) : generate(apiKey, credit);
    }

    /** Whether the last opening asked for a stream that the server may have forgotten. */
    boolean resuming() {
        return resuming;
    }

    boolean restartable() {
        return generate.isPresent();
    }

    /** The stream is gone where it was: where that can be, it is asked for anew. */
    void restart() {
        if (restartable()) {
            handle = "";
        }
    }

    private ClientFrame generate(String apiKey, OptionalInt credit) {
        Generate.Builder anew =
                generate.orElseThrow().toBuilder().setApiKey(apiKey).addAllGenerated(received);
        if (!model.isEmpty()) {
            anew.setModel(model);
        }
        credit.ifPresent(anew::setInitialCredit);
        return ClientFrame.newBuilder().setGenerate(anew).build();
    }

    private ClientFrame resume(String apiKey, OptionalInt credit) {
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
            case TokenEvent.Token token -> {
                boolean isNew = numbered(token.number());
                if (isNew && generate.isPresent()) {
                    received.add(token.id());
                }
                yield isNew;
            }
            case TokenEvent.Finished finished -> numbered(finished.number());
            case TokenEvent.Rejected rejected -> true;
        };
    }

    private boolean accepted(TokenEvent.Accepted first) {
        require(!accepted, "a second Accepted");
        require(!first.handle().isEmpty(), "an Accepted without a handle");
        require(!resuming || handle.equals(first.handle()), "an Accepted of another stream");
        accepted = true;
        handle = first.handle();
        holder = opened;
        model = first.model();
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
