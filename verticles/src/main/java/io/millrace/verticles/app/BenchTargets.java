package io.millrace.verticles.app;

import io.millrace.api.Limits;
import io.millrace.client.ClientOptions;
import io.millrace.engine.ModelProbe;
import io.millrace.verticles.app.bench.Asking;
import io.millrace.verticles.app.bench.BenchPlan;
import io.millrace.verticles.app.bench.Target;
import io.millrace.verticles.app.bench.Targets;
import io.millrace.verticles.app.config.NodeConfig;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;

/** What a benchmark measures: servers, and a model in this program. Closed as one. */
final class BenchTargets implements AutoCloseable {
    private final int mostInFlight;
    private final int mostTokens;
    private final Asking asking;
    private final Vertx vertx = Vertx.vertx();
    private final SequencedMap<String, Target> targets = new LinkedHashMap<>();
    private final List<LocalReplica> replicas = new ArrayList<>();

    /** @param plans all that the targets will be measured by */
    BenchTargets(List<BenchPlan> plans, Asking asking) {
        this.mostInFlight =
                plans.stream().mapToInt(BenchPlan::mostInFlight).max().orElseThrow();
        this.mostTokens = plans.stream()
                .mapToInt(plan -> plan.lengths().most(length -> length.promptTokens() + length.maxTokens()))
                .max()
                .orElseThrow();
        this.asking = asking;
    }

    /** In the order they were added. */
    SequencedMap<String, Target> all() {
        return targets;
    }

    void add(URI url, ClientOptions options) throws IOException, InterruptedException {
        targets.put(url.toString(), Targets.of(url, vertx, options, asking, mostInFlight));
    }

    /**
     * Blocks while the model is fetched and loaded.
     *
     * @return what was loaded; on the CPU also what the machine reaches at best: the bound of what is measured then
     */
    String addInProcess(NodeOptions options, PrintWriter notes)
            throws IOException, ExecutionException, InterruptedException {
        NodeConfig asked = options.load(roomForAll());
        Numa.place(asked);
        NodeConfig config = new Runners().placed(asked);
        Path model = new ModelFiles(config, notes).locate();
        String machine = machine(config);
        LocalReplica replica = new LocalReplica(config, model);
        replicas.add(replica);
        Asking ownModel = new Asking("", asking.chat(), asking.ignoreEos());
        int vocabulary = config.randomModel() ? replica.vocabulary() : 0;
        targets.put(config.model(), Targets.of(replica.source(), ownModel, vocabulary, replica::counters));
        return replica.description() + machine;
    }

    /**
     * Before the model's own threads are there.
     *
     * @param config of the device that the model will run on, by its name
     */
    private static String machine(NodeConfig config) throws IOException, InterruptedException {
        Optional<ModelProbe> probe = Probes.find(config.device());
        return probe.isEmpty()
                ? ""
                : "%nthis machine, %d threads: %s"
                        .formatted(config.stepThreads(), probe.get().peaks(config.stepThreads()));
    }

    /** Nothing of the plans is to be refused for its number, and what has ended is not kept. */
    private Map<String, String> roomForAll() {
        Limits usual = Limits.DEFAULTS;
        int streams = mostInFlight;
        long tokens = Math.min(1 << 30, (long) streams * mostTokens);
        return Map.of(
                "limits.max-waiting", Integer.toString(Math.max(usual.maxWaiting(), streams)),
                "limits.max-waiting-tokens", Long.toString(Math.max(usual.maxWaitingTokens(), tokens)),
                "limits.mailbox", Integer.toString(Math.max(usual.mailbox(), streams)),
                "limits.max-streams", Integer.toString(Math.max(usual.maxStreams(), 2 * streams)),
                "limits.replay-window", "0s");
    }

    @Override
    public void close() {
        targets.values().forEach(Target::close);
        replicas.forEach(LocalReplica::close);
        vertx.close();
    }
}
