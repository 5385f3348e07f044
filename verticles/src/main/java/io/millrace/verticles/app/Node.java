package io.millrace.verticles.app;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.api.Limits;
import io.millrace.api.TokenSource;
import io.millrace.engine.LoadedModel;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.cluster.ClusterNode;
import io.millrace.verticles.ingress.http.HttpIngressVerticle;
import io.millrace.verticles.ingress.quic.NodeKeys;
import io.millrace.verticles.ingress.quic.QuicIngressVerticle;
import io.millrace.verticles.peer.Offer;
import io.millrace.verticles.stream.LocalSource;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A running node: one Vert.x instance and the verticles on it. What {@code serve} starts, and what a program embeds.
 *
 * <p>Start: the ingresses first, which answer that the model is loading, then the model. Stop: {@link #drain}, in which
 * new requests are refused and running streams finish, then {@link #close}.
 */
public final class Node {
    private final NodeConfig config;
    private final Limits limits;
    private final NodeKeys keys;
    private final NodeHome home;
    private final Vertx vertx;
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final DeviceMeters devices = new DeviceMeters(meters);
    private final Streams streams;
    private final Optional<ClusterNode> cluster;
    private final Optional<StagedReplica> staged;
    private final Tiers tiers;
    private final Promise<Void> fatal = Promise.promise();
    private int httpPort;
    private int quicPort;

    private Node(NodeConfig config, NodeKeys keys, NodeHome home) {
        this.config = config;
        this.limits = config.limits();
        this.keys = keys;
        this.home = home;
        this.vertx = home.vertx();
        this.cluster = home.membership()
                .map(joined -> new ClusterNode(
                        vertx, home.setup().orElseThrow(), limits, meters, joined.hints(), System::nanoTime));
        this.streams = new Streams(vertx, limits, meters, System::nanoTime);
        this.staged = config.stages().list().isEmpty()
                ? Optional.empty()
                : Optional.of(new StagedReplica(vertx, config, streams, cluster));
        this.tiers = new Tiers(vertx, config.edge(), limits, streams, meters);
        NodeMeters.bind(meters, streams);
    }

    /**
     * Starts listening, then loads the model.
     *
     * @param modelFile a GGUF file, or the directory of a converted model
     * @return completes when the node is ready; fails, with everything closed again, where it cannot be
     */
    public static Future<Node> start(NodeConfig config, Path modelFile) {
        try {
            NodeKeys keys = new NodeKeys(config.cacheDir().resolve("keys"));
            // Of no context: a future of this Vert.x instance's event loops would never fail once they are closed.
            Promise<Node> started = Promise.promise();
            NodeHome.open(config)
                    .map(home -> new Node(config, keys, home))
                    .onSuccess(node -> node.start(modelFile, started))
                    .onFailure(started::fail);
            return started.future();
        } catch (IOException e) {
            return Future.failedFuture(e);
        }
    }

    private void start(Path modelFile, Promise<Node> started) {
        listen().compose(listening -> serve(modelFile))
                .onSuccess(serving -> started.complete(this))
                .onFailure(failure -> close().onComplete(closed -> started.fail(failure)));
    }

    /** The TCP port of HTTP and WebSocket. */
    public int httpPort() {
        return httpPort;
    }

    /** The UDP port of QUIC. */
    public int quicPort() {
        return quicPort;
    }

    /** Of a center: where edges reach it. */
    public Optional<String> centerAddress() {
        return tiers.address();
    }

    /** What clients of the self-signed certificate trust; of no use where one is configured. */
    public Path certificatePem() throws IOException {
        return keys.localhostPem();
    }

    /** The streams of this node for a program in the same JVM, without a transport between. */
    public TokenSource source() {
        return new LocalSource(vertx, streams);
    }

    /**
     * Fails when the model's runner is lost, of several replicas the last, other than by a stage on another node, which may come
     * back: the process should then end, for its supervisor to start it anew. While one replica works the node serves, is
     * ready, and says in {@code millrace_replicas_lost} that it should be drained and started anew.
     */
    public Future<Void> fatal() {
        return fatal.future();
    }

    /**
     * Refuses new requests and waits for running streams, until their last events are with their connections.
     *
     * @return true where all have ended by themselves; after {@code Limits.drainTimeout} the rest end as ERROR, retryable
     */
    public Future<Boolean> drain() {
        cluster.ifPresent(ClusterNode::drain);
        tiers.drain();
        return staged.map(StagedReplica::stop)
                .orElseGet(Future::succeededFuture)
                .compose(stopped -> new Drain(vertx, streams, limits.drainTimeout()).run());
    }

    /** Stops at once. Closing Vert.x undeploys the workers, which free their sessions and memory. */
    public Future<Void> close() {
        return home.close();
    }

    private Future<Void> listen() {
        return vertx.executeBlocking(() -> new IngressSetups(config, keys, streams, this::scrape))
                .compose(setups -> listenHttp(setups).compose(http -> listenQuic(setups)))
                .compose(open -> cluster.map(ClusterNode::start).orElseGet(Future::succeededFuture))
                .compose(open -> tiers.listen());
    }

    private Future<Void> listenHttp(IngressSetups setups) {
        HttpIngressVerticle first = new HttpIngressVerticle(setups.http(config.httpPort()));
        return vertx.deployVerticle(first).compose(id -> {
            httpPort = first.port();
            return deployMore(() -> new HttpIngressVerticle(setups.http(config.httpPort())));
        });
    }

    private Future<Void> listenQuic(IngressSetups setups) {
        QuicIngressVerticle first = new QuicIngressVerticle(setups.quic(config.quicPort()));
        return vertx.deployVerticle(first).compose(id -> {
            quicPort = first.address().port();
            return deployMore(() -> new QuicIngressVerticle(setups.quic(quicPort)));
        });
    }

    /** One more instance for every other event loop: they share the first one's port. */
    private Future<Void> deployMore(Supplier<Deployable> instance) {
        int more = config.loopThreads() - 1;
        return more == 0
                ? Future.succeededFuture()
                : vertx.deployVerticle(instance, new DeploymentOptions().setInstances(more))
                        .mapEmpty();
    }

    private Future<Void> serve(Path modelFile) {
        ReplicaStart start = new ReplicaStart(vertx, config, meters, System::nanoTime, this::runnerLost);
        return load(modelFile)
                .compose(replicas ->
                        start.start(replicas, modelName(modelFile)).onSuccess(ready -> devices.watch(replicas)))
                .compose(local -> tiers.join(joined(local.ready())).onSuccess(ready -> serve(ready, local)))
                .mapEmpty();
    }

    private Future<List<LoadedModel>> load(Path modelFile) {
        return staged.map(whole -> whole.load(modelFile).map(List::of))
                .orElseGet(() -> vertx.executeBlocking(() -> ReplicaStart.loadAll(config, modelFile)));
    }

    private void serve(Replica.Ready ready, ReplicaStart.Started local) {
        staged.ifPresentOrElse(whole -> whole.serve(ready, local.batchers().getFirst()), () -> streams.switchTo(ready));
    }

    /** Streams of this node may run on any node of its cluster. */
    private Replica.Ready joined(Replica.Ready local) {
        return cluster.map(nodes -> new Replica.Ready(
                        local.model(),
                        nodes.serve(
                                new Offer(local.model().name(), local.model().tokenizer(), local.runner()))))
                .orElse(local);
    }

    private String scrape() {
        devices.poll();
        return meters.scrape();
    }

    /** The name of the catalogue, or of the file where the model was given as one. */
    private String modelName(Path modelFile) {
        return Files.exists(Path.of(config.model()))
                ? modelFile.getFileName().toString().replaceFirst("\\.gguf$", "")
                : config.model();
    }

    private void runnerLost() {
        if (staged.filter(StagedReplica::incomplete).isPresent()) {
            return;
        }
        streams.switchTo(new Replica.Unready("the model stopped working"));
        cluster.ifPresent(ClusterNode::stopServing);
        fatal.tryFail("the model stopped working");
    }
}
