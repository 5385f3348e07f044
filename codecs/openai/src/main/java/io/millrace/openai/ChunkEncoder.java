package io.millrace.openai;

import io.millrace.api.TokenEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * One stream's token events as server-sent events. Owner: the stream's event loop.
 *
 * <p>The tokens of one call share a chunk; tokens without text make none. An {@code id:} line names the last event in
 * its chunk, so that a client which comes back with it neither misses nor repeats a character. A good end is a chunk
 * with {@code finish_reason}, the usage where asked for, and {@code [DONE]}; a bad one is an error object, at which
 * the SDKs raise, without the text that was held back.
 *
 * <p>Whoever adds keep-alives: a comment and a blank line are an empty event to the OpenAI SDK once it saw an
 * {@code id:}, and it fails on them. A comment line alone passes.
 */
public final class ChunkEncoder {

    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);

    private final Endpoint endpoint;
    private final long createdSeconds;
    private final boolean includeUsage;
    private final long resumedAfter;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    private final ToolCallParser parser;
    private final StringBuilder pending = new StringBuilder();
    private long pendingNumber;

    /** Null until the stream is accepted. */
    private ChunkWriter writer;

    /**
     * @param resumedAfter number of the last event that the client saw; 0 gives it the stream from the start. Events up to it may
     *                     be given once more, for the parser's sake, and do not show
     */
    public ChunkEncoder(
            Endpoint endpoint, long createdSeconds, boolean includeUsage, long resumedAfter, ToolCallParser parser) {
        this.endpoint = endpoint;
        this.createdSeconds = createdSeconds;
        this.includeUsage = includeUsage;
        this.resumedAfter = resumedAfter;
        this.parser = parser;
    }

    /**
     * What to send for these events; empty where nothing of them shows. A {@code Rejected} shows nothing: no stream has
     * begun, so it is a {@link JsonAnswer} with a status of its own.
     *
     * @throws NullPointerException if tokens come before {@code Accepted}
     */
    public byte[] encode(List<TokenEvent> events) {
        out.reset();
        for (TokenEvent event : events) {
            switch (event) {
                case TokenEvent.Accepted accepted -> begin(accepted);
                case TokenEvent.Token token -> {
                    pending.append(token.text());
                    pendingNumber = token.number();
                    if (pendingNumber == resumedAfter) {
                        flush();
                    }
                }
                case TokenEvent.Finished finished -> finish(finished);
                case TokenEvent.Rejected rejected -> {}
            }
        }
        flush();
        return out.toByteArray();
    }

    private void begin(TokenEvent.Accepted accepted) {
        writer = new ChunkWriter(endpoint, accepted, createdSeconds, includeUsage, out);
        if (resumedAfter == 0) {
            writer.role();
        }
    }

    private void flush() {
        if (!pending.isEmpty()) {
            write(pendingNumber, parser.add(pending.toString()));
            pending.setLength(0);
        }
    }

    private void write(long number, List<OutputPart> parts) {
        Objects.requireNonNull(writer, "tokens before Accepted");
        for (OutputPart part : number > resumedAfter ? parts : List.<OutputPart>of()) {
            switch (part) {
                case OutputPart.Text text -> writer.text(number, text.text());
                case OutputPart.Call call -> writer.call(number, call);
            }
        }
    }

    private void finish(TokenEvent.Finished finished) {
        flush();
        long number = finished.number();
        switch (Ending.of(finished)) {
            case Ending.Good good -> {
                if (number > resumedAfter) {
                    good(number, good, finished);
                }
                out.writeBytes(DONE);
            }
            case Ending.Bad bad ->
                writer.error(number, JsonAnswer.errorObject(bad.rejection()).toString());
        }
    }

    private void good(long number, Ending.Good good, TokenEvent.Finished finished) {
        String rest = rest(number, finished.text());
        writer.finish(number, rest, Ending.finishReason(good, parser), finished.tier());
        if (includeUsage) {
            writer.usage(number, finished.usage());
        }
    }

    /** The text that goes with the end, what stands before it being written. */
    private String rest(long number, String text) {
        List<OutputPart> parts = new ArrayList<>(parser.add(text));
        parts.addAll(parser.end());
        String rest = "";
        if (!parts.isEmpty() && parts.getLast() instanceof OutputPart.Text last) {
            rest = last.text();
            parts.removeLast();
        }
        write(number, parts);
        return rest;
    }
}
