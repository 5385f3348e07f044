package io.millrace.wire;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import io.millrace.wire.v1.Accepted;
import io.millrace.wire.v1.Finished;
import io.millrace.wire.v1.Rejected;
import io.millrace.wire.v1.ServerFrame;
import io.millrace.wire.v1.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Token events and server frames. Consecutive tokens share a frame. */
public final class Events {

    private Events() {}

    /**
     * The fewest frames that carry these events in their order.
     *
     * @param eventsPerFrame most tokens of one frame, see {@code Limits}
     */
    public static List<ServerFrame> toWire(int channel, List<TokenEvent> events, int eventsPerFrame) {
        List<ServerFrame> frames = new ArrayList<>();
        Tokens.Builder run = Tokens.newBuilder();
        for (TokenEvent event : events) {
            boolean full = run.getIdsCount() == eventsPerFrame;
            if (full || !(event instanceof TokenEvent.Token next && continues(run, next))) {
                flush(channel, run, frames);
            }
            if (event instanceof TokenEvent.Token token) {
                if (run.getIdsCount() == 0) {
                    run.setFirstEvent(Math.toIntExact(token.number()));
                }
                run.addIds(token.id()).addTexts(token.text());
            } else {
                frames.add(single(event).setChannel(channel).build());
            }
        }
        flush(channel, run, frames);
        return frames;
    }

    /** What a client learns from one frame; texts and ids that do not match, or numbers that are not 1 or more, are malformed. */
    public static Decoded<List<TokenEvent>> fromWire(ServerFrame frame) {
        return switch (frame.getKindCase()) {
            case ACCEPTED -> value(accepted(frame.getAccepted()));
            case TOKENS -> tokens(frame.getChannel(), frame.getTokens());
            case FINISHED -> value(finished(frame.getFinished()));
            case REJECTED ->
                value(new TokenEvent.Rejected(
                        Errors.fromWire(frame.getRejected().getError())));
            case KIND_NOT_SET -> malformed(frame.getChannel(), "the ServerFrame has no kind known here");
        };
    }

    private static boolean continues(Tokens.Builder run, TokenEvent.Token token) {
        return token.number() == run.getFirstEvent() + run.getIdsCount();
    }

    private static void flush(int channel, Tokens.Builder run, List<ServerFrame> frames) {
        if (run.getIdsCount() > 0) {
            frames.add(
                    ServerFrame.newBuilder().setChannel(channel).setTokens(run).build());
            run.clear();
        }
    }

    private static ServerFrame.Builder single(TokenEvent event) {
        ServerFrame.Builder frame = ServerFrame.newBuilder();
        return switch (event) {
            case TokenEvent.Accepted accepted ->
                frame.setAccepted(Accepted.newBuilder()
                        .setHandle(accepted.handle())
                        .setModel(accepted.model())
                        .setPromptTokens(accepted.promptTokens()));
            case TokenEvent.Token token ->
                throw new IllegalArgumentException("tokens travel in runs: " + token.number());
            case TokenEvent.Finished finished -> frame.setFinished(toWire(finished));
            case TokenEvent.Rejected rejected ->
                frame.setRejected(Rejected.newBuilder().setError(Errors.toWire(rejected.rejection())));
        };
    }

    private static Finished toWire(TokenEvent.Finished finished) {
        Finished.Builder wire = Finished.newBuilder()
                .setEvent(Math.toIntExact(finished.number()))
                .setReason(Errors.toWire(finished.reason()))
                .setText(finished.text())
                .setTier(Errors.toWire(finished.tier()))
                .setPromptTokens(finished.usage().promptTokens())
                .setCompletionTokens(finished.usage().completionTokens())
                .setCachedTokens(finished.usage().cachedTokens());
        finished.error().map(Errors::toWire).ifPresent(wire::setError);
        return wire.build();
    }

    private static TokenEvent accepted(Accepted accepted) {
        return new TokenEvent.Accepted(accepted.getHandle(), accepted.getModel(), accepted.getPromptTokens());
    }

    private static Decoded<List<TokenEvent>> tokens(int channel, Tokens tokens) {
        if (tokens.getFirstEvent() < 1 || tokens.getIdsCount() != tokens.getTextsCount()) {
            return malformed(channel, "a Tokens frame needs first_event >= 1 and as many texts as ids");
        }
        return new Decoded.Value<>(IntStream.range(0, tokens.getIdsCount())
                .<TokenEvent>mapToObj(i ->
                        new TokenEvent.Token((long) tokens.getFirstEvent() + i, tokens.getIds(i), tokens.getTexts(i)))
                .toList());
    }

    private static TokenEvent finished(Finished wire) {
        FinishReason reason = Errors.fromWire(wire.getReason());
        Usage usage = new Usage(wire.getPromptTokens(), wire.getCompletionTokens(), wire.getCachedTokens());
        Optional<Rejection> error =
                reason == FinishReason.ERROR ? Optional.of(Errors.fromWire(wire.getError())) : Optional.empty();
        return new TokenEvent.Finished(
                Integer.toUnsignedLong(wire.getEvent()),
                reason,
                wire.getText(),
                usage,
                error,
                Errors.fromWire(wire.getTier()));
    }

    private static Decoded<List<TokenEvent>> value(TokenEvent event) {
        return new Decoded.Value<>(List.of(event));
    }

    private static Decoded<List<TokenEvent>> malformed(int channel, String why) {
        return new Decoded.Malformed<>(channel, Rejection.of(ErrorCode.PROTOCOL_ERROR, why));
    }
}
