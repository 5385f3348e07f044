package io.millrace.verticles.app;

import io.millrace.api.Rejection;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.Arrays;

/** Hears how sure a model is of its first tokens, as an edge does before it decides. Owned by one event loop. */
final class FirstTokens implements SequenceOwner {
    private final EventLoop loop = EventLoop.current();
    private final Promise<float[]> heard;
    private final float[] logProbs;
    private int count;

    private FirstTokens(int tokens, Promise<float[]> heard) {
        this.logProbs = new float[tokens];
        this.heard = heard;
    }

    /**
     * @param tokens how many are computed; an answer may be shorter
     * @return their log-probabilities
     */
    static Future<float[]> hear(Vertx vertx, SequenceRunner runner, SequenceSpec spec, int tokens) {
        SequenceSpec beginning = new SequenceSpec(spec.tokens(), tokens, spec.sampling(), spec.endTokens());
        Promise<float[]> heard = Promise.promise();
        vertx.runOnContext(now -> runner.submit(beginning, new FirstTokens(tokens, heard)));
        return heard.future();
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public void admitted(RunningSequence sequence) {}

    @Override
    public void refused(Rejection rejection) {
        heard.fail(new IOException(rejection.message()));
    }

    @Override
    public void event(SequenceEvent event) {
        switch (event) {
            case SequenceEvent.Sampled sampled -> logProbs[count++] = sampled.logProb();
            case SequenceEvent.Ended ended -> {
                if (ended.error().isPresent()) {
                    refused(ended.error().get());
                } else {
                    heard.complete(Arrays.copyOf(logProbs, count));
                }
            }
        }
    }
}
