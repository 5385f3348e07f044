package io.millrace.verticles.testing;

import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.verticles.stream.Continuation;
import io.millrace.verticles.stream.ServedModel;
import io.vertx.core.Future;
import java.util.List;

/** Text around {@link CountingStage}: a prompt has a token for each character of its text or last message, a token's text is its number and a space. */
public final class CountingModel implements ServedModel {
    /** More than any scheduler of a test holds. */
    private static final int CONTEXT = 100_000;

    private static final int VOCABULARY = 100_000;

    private final String tokenizer;

    public CountingModel() {
        this("counting");
    }

    /** @param tokenizer what it says of its token ids */
    public CountingModel(String tokenizer) {
        this.tokenizer = tokenizer;
    }

    @Override
    public String name() {
        return "counting";
    }

    @Override
    public String tokenizer() {
        return tokenizer;
    }

    @Override
    public Future<EncodedPrompt> encode(Request request) {
        String text = text(request.prompt());
        return Future.succeededFuture(
                text.isEmpty()
                        ? new EncodedPrompt.Refused(Rejection.invalid("prompt", "prompt is empty"))
                        : Continuation.encoded(request, text.chars().toArray(), CONTEXT, VOCABULARY));
    }

    private static String text(Prompt prompt) {
        return switch (prompt) {
            case Prompt.Text text -> text.text();
            case Prompt.Chat chat -> chat.messages().getLast().content();
            case Prompt.Tokens tokens -> "";
        };
    }

    @Override
    public OutputText output(Request request) {
        return new CountedText(request.stop());
    }

    private static final class CountedText implements OutputText {
        private final List<String> stop;
        private boolean stopped;

        CountedText(List<String> stop) {
            this.stop = stop;
        }

        @Override
        public String append(int token) {
            stopped = stop.contains(Integer.toString(token));
            return stopped ? "" : token + " ";
        }

        @Override
        public boolean stopped() {
            return stopped;
        }

        @Override
        public String flush() {
            return "";
        }
    }
}
