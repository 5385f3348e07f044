package io.millrace.verticles.app;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.api.Request;
import io.millrace.api.TokenSource;
import io.millrace.engine.LoadedModel;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.app.bench.ReplicaCounters;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.stream.LocalSource;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.ServedModel;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;

/** A model behind streams as a node has it, with no ingress: nothing stands between it and whoever measures it. */
final class LocalReplica implements AutoCloseable {
    private final Vertx vertx;
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Streams streams;
    private final int vocabulary;
    private final String description;

    /**
     * Blocks while the model loads.
     *
     * @param ignoreEnd whether generation goes past the model's end token
     */
    LocalReplica(NodeConfig config, Path modelFile, boolean ignoreEnd)
            throws IOException, ExecutionException, InterruptedException {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(config.loopThreads()));
        streams = new Streams(vertx, config.limits(), meters, System::nanoTime);
        try {
            LoadedModel model = ReplicaStart.load(ReplicaStart.options(config, modelFile));
            vocabulary = model.manifest().vocabulary();
            description = model.description();
            ReplicaStart start = new ReplicaStart(vertx, config, meters, System::nanoTime, this::lost);
            Replica.Ready ready = Waiting.on(start.start(model, config.model()));
            streams.switchTo(ignoreEnd ? new Replica.Ready(new Endless(ready.model()), ready.runner()) : ready);
        } catch (IOException | ExecutionException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    TokenSource source() {
        return new LocalSource(vertx, streams);
    }

    int vocabulary() {
        return vocabulary;
    }

    /** Device, precision and memory, one line. */
    String description() {
        return description;
    }

    ReplicaCounters counters() {
        Timer steps = meters.get("millrace.step.time").timer();
        DistributionSummary sequences = meters.get("millrace.step.sequences").summary();
        DistributionSummary tokens = meters.get("millrace.step.tokens").summary();
        double busy = meters.get(ReplicaStart.STAGE_BUSY).functionCounters().stream()
                .mapToDouble(FunctionCounter::count)
                .average()
                .orElse(0);
        return new ReplicaCounters(steps.count(), (long) sequences.totalAmount(), (long) tokens.totalAmount(), busy);
    }

    private void lost() {
        streams.switchTo(new Replica.Unready("the model stopped working"));
    }

    @Override
    public void close() {
        vertx.close();
    }

    /** The model without its end tokens. */
    private record Endless(ServedModel model) implements ServedModel {
        @Override
        public String name() {
            return model.name();
        }

        @Override
        public String tokenizer() {
            return model.tokenizer();
        }

        @Override
        public Future<EncodedPrompt> encode(Request request) {
            return model.encode(request).map(Endless::withoutEnd);
        }

        @Override
        public OutputText output(Request request) {
            return model.output(request);
        }

        private static EncodedPrompt withoutEnd(EncodedPrompt prompt) {
            return switch (prompt) {
                case EncodedPrompt.Refused refused -> refused;
                case EncodedPrompt.Encoded encoded -> {
                    SequenceSpec spec = encoded.spec();
                    yield new EncodedPrompt.Encoded(new SequenceSpec(
                            spec.tokens(), spec.generated(), spec.maxTokens(), spec.sampling(), spec.salt()));
                }
            };
        }
    }
}
