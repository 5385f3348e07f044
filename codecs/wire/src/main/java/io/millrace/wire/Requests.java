package io.millrace.wire;

import io.millrace.api.Limits;
import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.RequestCheck;
import io.millrace.api.SamplingParams;
import io.millrace.wire.v1.Chat;
import io.millrace.wire.v1.Generate;
import io.millrace.wire.v1.Sampling;
import io.millrace.wire.v1.TokenIds;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** {@code Generate} and {@code Request}. Fields in rejections are named from {@code Generate} on: {@code sampling.top_p}. */
public final class Requests {

    private Requests() {}

    /**
     * Checks every field whose range does not depend on the model.
     *
     * @param drawnSeed the seed to take where the client gave none
     */
    public static Decoded<Request> fromWire(int channel, Generate generate, Limits limits, long drawnSeed) {
        SamplingParams sampling = sampling(generate.getSampling(), drawnSeed);
        List<String> stop = generate.getStopList();
        Stream<Supplier<Optional<Rejection>>> checks = Stream.of(
                () -> prompt(generate, limits),
                () -> RequestCheck.sampling(sampling, "sampling."),
                () -> RequestCheck.maxTokens("max_tokens", generate.getMaxTokens()),
                () -> RequestCheck.stop("stop", stop, limits),
                () -> wellFormed("stop", stop),
                () -> ids("generated", generate.getGeneratedList()));
        return checks.map(Supplier::get)
                .flatMap(Optional::stream)
                .findFirst()
                .<Decoded<Request>>map(rejection -> new Decoded.Malformed<>(channel, rejection))
                .orElseGet(() -> new Decoded.Value<>(new Request(
                        generate.getModel(),
                        promptOf(generate),
                        sampling,
                        generate.getMaxTokens(),
                        stop,
                        generate.getIgnoreEos(),
                        generate.getGeneratedList())));
    }

    /**
     * The seed always travels, so that a request means the same wherever it is run.
     *
     * @throws IllegalArgumentException where it is about tools
     */
    public static Generate toWire(Request request) {
        Generate.Builder generate = Generate.newBuilder()
                .setModel(request.model())
                .setSampling(toWire(request.sampling()))
                .setMaxTokens(request.maxTokens())
                .addAllStop(request.stop())
                .setIgnoreEos(request.ignoreEos())
                .addAllGenerated(request.generated());
        switch (request.prompt()) {
            case Prompt.Chat chat -> generate.setChat(toWire(chat));
            case Prompt.Text text -> generate.setText(text.text());
            case Prompt.Tokens tokens ->
                generate.setTokenIds(TokenIds.newBuilder()
                        .addAllIds(() -> IntStream.of(tokens.ids()).iterator()));
        }
        return generate.build();
    }

    private static Optional<Rejection> prompt(Generate generate, Limits limits) {
        return switch (generate.getPromptCase()) {
            case CHAT -> chat(generate.getChat(), limits);
            case TEXT -> wellFormed("text", List.of(generate.getText()));
            case TOKEN_IDS -> tokenIds(generate.getTokenIds().getIdsList());
            case PROMPT_NOT_SET ->
                Optional.of(Rejection.invalid("prompt", "prompt is missing: send one of chat, text, token_ids"));
        };
    }

    private static Optional<Rejection> chat(Chat chat, Limits limits) {
        List<String> strings = chat.getMessagesList().stream()
                .flatMap(m -> Stream.of(m.getRole(), m.getContent()))
                .toList();
        return RequestCheck.messages("chat.messages", chat.getMessagesCount(), limits)
                .or(() -> wellFormed("chat.messages", strings));
    }

    private static Optional<Rejection> tokenIds(List<Integer> ids) {
        return ids.isEmpty()
                ? Optional.of(Rejection.invalid("token_ids.ids", "token_ids.ids must have at least one id"))
                : ids("token_ids.ids", ids);
    }

    private static Optional<Rejection> ids(String field, List<Integer> ids) {
        return ids.stream().anyMatch(id -> id < 0)
                ? Optional.of(Rejection.invalid(field, field + " must have ids of at most " + Integer.MAX_VALUE))
                : Optional.empty();
    }

    /** Half a surrogate pair can come by JSON escapes only; no tokenizer can read it. */
    private static Optional<Rejection> wellFormed(String field, List<String> strings) {
        return strings.stream()
                        .allMatch(s -> StandardCharsets.UTF_8.newEncoder().canEncode(s))
                ? Optional.empty()
                : Optional.of(Rejection.invalid(field, field + " has half a surrogate pair"));
    }

    private static Prompt promptOf(Generate generate) {
        return switch (generate.getPromptCase()) {
            case CHAT ->
                new Prompt.Chat(generate.getChat().getMessagesList().stream()
                        .map(m -> new Message(m.getRole(), m.getContent()))
                        .toList());
            case TOKEN_IDS ->
                new Prompt.Tokens(generate.getTokenIds().getIdsList().stream()
                        .mapToInt(Integer::intValue)
                        .toArray());
            case TEXT, PROMPT_NOT_SET -> new Prompt.Text(generate.getText());
        };
    }

    private static SamplingParams sampling(Sampling wire, long drawnSeed) {
        return new SamplingParams(
                wire.hasTemperature() ? wire.getTemperature() : 1,
                wire.getTopK(),
                wire.hasTopP() ? wire.getTopP() : 1,
                wire.getMinP(),
                wire.hasRepetitionPenalty() ? wire.getRepetitionPenalty() : 1,
                wire.getPresencePenalty(),
                wire.getFrequencyPenalty(),
                wire.hasSeed() ? wire.getSeed() : drawnSeed);
    }

    private static Sampling toWire(SamplingParams sampling) {
        return Sampling.newBuilder()
                .setTemperature(sampling.temperature())
                .setTopK(sampling.topK())
                .setTopP(sampling.topP())
                .setMinP(sampling.minP())
                .setRepetitionPenalty(sampling.repetitionPenalty())
                .setPresencePenalty(sampling.presencePenalty())
                .setFrequencyPenalty(sampling.frequencyPenalty())
                .setSeed(sampling.seed())
                .build();
    }

    private static Chat toWire(Prompt.Chat chat) {
        if (chat.aboutTools()) {
            throw new IllegalArgumentException("tools travel over HTTP only: this protocol has no fields for them");
        }
        return Chat.newBuilder()
                .addAllMessages(chat.messages().stream()
                        .map(m -> io.millrace.wire.v1.Message.newBuilder()
                                .setRole(m.role())
                                .setContent(m.content())
                                .build())
                        .toList())
                .build();
    }
}
