package io.millrace.verticles.app;

import static java.util.stream.Collectors.joining;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
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
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;

/** A model, in one replica or several, behind streams as a node has it, with no ingress: nothing stands between it and whoever measures it. */
final class LocalReplica implements AutoCloseable {
    private final Vertx vertx;
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final Streams streams;
    private final Replica.Ready replica;
    private final int count;
    private final int vocabulary;
    private final String description;

    /** Blocks while the model loads. */
    LocalReplica(NodeConfig config, Path modelFile) throws IOException, ExecutionException, InterruptedException {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(config.loopThreads()));
        streams = new Streams(vertx, config.limits(), meters, System::nanoTime);
        try {
            List<LoadedModel> models = ReplicaStart.loadAll(config, modelFile);
            count = models.size();
            vocabulary = models.getFirst().manifest().vocabulary();
            description = models.stream().map(LoadedModel::description).collect(joining(System.lineSeparator()));
            ReplicaStart start = new ReplicaStart(vertx, config, meters, System::nanoTime, this::lost);
            replica = Waiting.on(start.start(models, config.model())).ready();
            streams.switchTo(replica);
        } catch (IOException | ExecutionException | InterruptedException | RuntimeException e) {
            close();
            throw e;
        }
    }

    TokenSource source() {
        return new LocalSource(vertx, streams);
    }

    Future<ServedModel.EncodedPrompt> encode(Request request) {
        return replica.model().encode(request);
    }

    /** Log-probabilities of the first tokens of an answer. */
    Future<float[]> firstTokens(SequenceSpec prompt, int tokens) {
        return FirstTokens.hear(vertx, replica.runner(), prompt, tokens);
    }

    int vocabulary() {
        return vocabulary;
    }

    /** Device, precision and memory, a line for each replica. */
    String description() {
        return description;
    }

    /** Of each replica. */
    List<ReplicaCounters> counters() {
        return IntStream.range(0, count)
                .mapToObj(replica -> count == 1 ? Tags.empty() : Tags.of(ReplicaStart.REPLICA, "" + replica))
                .map(this::counters)
                .toList();
    }

    private ReplicaCounters counters(Tags replica) {
        Timer steps = meters.get("millrace.step.time").tags(replica).timer();
        DistributionSummary sequences =
                meters.get("millrace.step.sequences").tags(replica).summary();
        DistributionSummary tokens =
                meters.get("millrace.step.tokens").tags(replica).summary();
        double busy = meters.get(ReplicaStart.STAGE_BUSY).tags(replica).functionCounters().stream()
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
}
