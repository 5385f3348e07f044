package io.millrace.verticles.stream;

import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.engine.SequenceSpec;
import io.vertx.core.Future;

/** The model as streams see it: a name, and the way between text and token ids. Thread-safe. */
public interface ServedModel {

    /** What clients call it. */
    String name();

    /** What its token ids mean: nodes whose tokenizers are called alike may hand each other's sequences on. */
    String tokenizer();

    /**
     * Text to token ids. A long prompt is encoded off the event loop.
     *
     * @return fails only where the program is wrong
     */
    Future<EncodedPrompt> encode(Request request);

    /** Token ids back to text, for one stream. */
    OutputText output(Request request);

    /** What came of a prompt. */
    sealed interface EncodedPrompt {
        record Encoded(SequenceSpec spec) implements EncodedPrompt {}

        record Refused(Rejection rejection) implements EncodedPrompt {}
    }

    /** One stream's text as it grows, stop strings cut off. Owned by the stream's loop. */
    interface OutputText {

        /** Text that this token makes certain; empty once {@link #stopped}. */
        String append(int token);

        /** Whether a stop string was met. */
        boolean stopped();

        /** What was held back, at the end of a stream that was not stopped. */
        String flush();
    }
}
