package io.millrace.verticles.stream;

import io.millrace.api.FinishReason;
import io.millrace.api.Prompt;
import io.millrace.api.Request;

/** When the tokens of one stream came, as it is told to Prometheus. Owned by the stream's loop. */
final class GenerationTimes {
    private final StreamMeters meters;
    private final String operation;
    private final String model;
    private final long openedNanos;
    private long firstNanos;
    private long lastNanos;
    private int elsewhere;
    private int tokens;

    /**
     * @param model    as it is served
     * @param nowNanos when the request came
     */
    GenerationTimes(StreamMeters meters, Request request, String model, long nowNanos) {
        this.meters = meters;
        this.operation = request.prompt() instanceof Prompt.Chat ? "chat" : "text_completion";
        this.model = model;
        this.openedNanos = nowNanos;
    }

    /** The values of {@code gen_ai.operation.name} and {@code gen_ai.request.model}. */
    String operation() {
        return operation;
    }

    String model() {
        return model;
    }

    /** Of the whole output. */
    int tokens() {
        return elsewhere + tokens;
    }

    /** Another node has made the first tokens, and had their times. */
    void startAfter(int generated) {
        elsewhere = generated;
    }

    void token(long nowNanos) {
        if (tokens++ == 0) {
            firstNanos = nowNanos;
            meters.firstToken(this, nowNanos - openedNanos);
        } else {
            meters.nextToken(nowNanos - lastNanos);
        }
        lastNanos = nowNanos;
    }

    /** Called once. */
    void finished(FinishReason reason, long nowNanos) {
        meters.finished(this, reason, nowNanos - openedNanos);
        boolean successful = reason == FinishReason.STOP || reason == FinishReason.LENGTH;
        if (successful && tokens > 1) {
            meters.perOutputToken(this, (lastNanos - firstNanos) / (tokens - 1));
        }
    }
}
