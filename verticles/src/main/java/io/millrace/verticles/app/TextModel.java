package io.millrace.verticles.app;

import io.millrace.api.Limits;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.TokenizerSpec;
import io.millrace.text.ChatTemplate;
import io.millrace.text.Detokenizer;
import io.millrace.text.EndTokens;
import io.millrace.text.Outcome;
import io.millrace.text.PromptEncoder;
import io.millrace.text.StopMatcher;
import io.millrace.text.Tokenizer;
import io.millrace.text.TokenizerFingerprint;
import io.millrace.text.Vocabulary;
import io.millrace.verticles.stream.Continuation;
import io.millrace.verticles.stream.ServedModel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.LongSupplier;

/** A model's own text: its tokenizer, its chat template, its end tokens. */
final class TextModel implements ServedModel {
    /** Longer prompts are encoded on a virtual thread: they take more than a few milliseconds, and a loop serves many. */
    private static final long INLINE_CHARACTERS = 4 * 1024;

    private final String name;
    private final PromptEncoder encoder;
    private final Vocabulary vocabulary;
    private final String fingerprint;
    private final int[] endTokens;
    private final int contextTokens;

    /** @throws IllegalArgumentException for a tokenizer that is not supported, saying which are */
    TextModel(String name, TokenizerSpec spec, int contextTokens, Limits limits, LongSupplier nanoTime) {
        this.name = name;
        Tokenizer tokenizer = Tokenizer.of(spec);
        this.encoder = new PromptEncoder(tokenizer, ChatTemplate.of(spec, limits, nanoTime), limits, contextTokens);
        this.contextTokens = contextTokens;
        this.vocabulary = tokenizer.vocabulary();
        this.fingerprint = TokenizerFingerprint.of(spec);
        this.endTokens = EndTokens.of(spec);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String tokenizer() {
        return fingerprint;
    }

    @Override
    public Future<EncodedPrompt> encode(Request request) {
        if (characters(request.prompt()) <= INLINE_CHARACTERS) {
            return Future.succeededFuture(encodeNow(request));
        }
        Promise<EncodedPrompt> encoded = Promise.promise();
        Thread.startVirtualThread(() -> {
            try {
                encoded.complete(encodeNow(request));
            } catch (RuntimeException bug) {
                encoded.fail(bug);
            }
        });
        return encoded.future();
    }

    private EncodedPrompt encodeNow(Request request) {
        return switch (encoder.encode(request)) {
            case Outcome.Refused<int[]> refused -> new EncodedPrompt.Refused(refused.rejection());
            case Outcome.Done<int[]> ids ->
                Continuation.encoded(request, ids.value(), contextTokens, vocabulary.size(), endTokens(request));
        };
    }

    private int[] endTokens(Request request) {
        return request.ignoreEos() ? new int[0] : endTokens;
    }

    private static long characters(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Text text -> text.text().length();
            case Prompt.Chat chat -> chat.characters();
            case Prompt.Tokens tokens -> 0;
        };
    }

    @Override
    public OutputText output(Request request) {
        return new VisibleText(new Detokenizer(vocabulary), new StopMatcher(request.stop()));
    }

    /** Token ids to text, stop strings cut off. */
    private static final class VisibleText implements OutputText {
        private final Detokenizer detokenizer;
        private final StopMatcher stops;
        private boolean stopped;

        VisibleText(Detokenizer detokenizer, StopMatcher stops) {
            this.detokenizer = detokenizer;
            this.stops = stops;
        }

        @Override
        public String append(int token) {
            return visible(detokenizer.append(token));
        }

        @Override
        public boolean stopped() {
            return stopped;
        }

        @Override
        public String flush() {
            String last = visible(detokenizer.flush());
            return stopped ? last : last + stops.flush();
        }

        private String visible(String text) {
            StopMatcher.Emitted emitted = stops.append(text);
            stopped |= emitted.stopped();
            return emitted.text();
        }
    }
}
