package io.millrace.verticles.stream;

import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.stream.ServedModel.OutputText;
import java.util.Optional;

/** Makes the events of one stream: the text, the counts and the times of its tokens. Owned by the stream's loop. */
final class StreamEvents {
    private static final int UNKNOWN = -1;

    private final String handle;
    private final String model;
    private final OutputText text;
    private final GenerationTimes times;

    private int promptTokens;
    private int cachedTokens = UNKNOWN;

    /** @param model as it is served */
    StreamEvents(String handle, String model, OutputText text, GenerationTimes times) {
        this.handle = handle;
        this.model = model;
        this.text = text;
        this.times = times;
    }

    /** The client has the tokens generated so far, and their text, from another node; what that had held back of it is held back here. */
    void startAfter(SequenceSpec spec) {
        promptTokens = spec.tokens().length - spec.generated();
        for (int i = promptTokens; i < spec.tokens().length; i++) {
            text.append(spec.tokens()[i]);
        }
        times.startAfter(spec.generated());
    }

    int promptTokens() {
        return promptTokens;
    }

    /** Of the prompt, as the first to compute it says: who takes over later knows of its own cache only. */
    void cached(int tokens) {
        if (cachedTokens == UNKNOWN) {
            cachedTokens = tokens;
        }
    }

    /** Whether a stop string was met. */
    boolean stopped() {
        return text.stopped();
    }

    TokenEvent accepted() {
        return new TokenEvent.Accepted(handle, model, promptTokens);
    }

    TokenEvent token(long number, int id, long nowNanos) {
        times.token(nowNanos);
        return new TokenEvent.Token(number, id, text.append(id));
    }

    /** Called once. */
    TokenEvent finished(long number, FinishReason reason, Optional<Rejection> error, Tier tier, long nowNanos) {
        String rest = error.isPresent() || text.stopped() ? "" : text.flush();
        times.finished(reason, nowNanos);
        Usage usage = new Usage(promptTokens, times.tokens(), Math.max(0, cachedTokens));
        return new TokenEvent.Finished(number, reason, rest, usage, error, tier);
    }
}
