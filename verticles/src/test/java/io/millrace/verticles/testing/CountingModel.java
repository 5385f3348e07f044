package io.millrace.verticles.testing;

import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.stream.ServedModel;
import io.vertx.core.Future;
import java.util.List;

/** Text around {@link CountingStage}: a prompt has a token for each character, a token's text is its number and a space. */
public final class CountingModel implements ServedModel {

    @Override
    public String name() {
        return "counting";
    }

    @Override
    public Future<EncodedPrompt> encode(Request request) {
        return Future.succeededFuture(
                request.prompt() instanceof Prompt.Text text && !text.text().isEmpty()
                        ? new EncodedPrompt.Encoded(new SequenceSpec(
                                text.text().chars().toArray(), request.maxTokens(), request.sampling()))
                        : new EncodedPrompt.Refused(Rejection.invalid("prompt", "prompt is empty")));
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
