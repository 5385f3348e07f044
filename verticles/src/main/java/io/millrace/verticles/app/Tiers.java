package io.millrace.verticles.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.api.Limits;
import io.millrace.cluster.tier.Rules;
import io.millrace.cluster.tier.TierPolicy;
import io.millrace.verticles.app.config.Edge;
import io.millrace.verticles.edge.CenterOffer;
import io.millrace.verticles.edge.EdgeSetup;
import io.millrace.verticles.edge.TieredRunner;
import io.millrace.verticles.peer.NodeIdentity;
import io.millrace.verticles.peer.PeerVerticle;
import io.millrace.verticles.stream.Replica;
import io.millrace.verticles.stream.Streams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A node's part in two tiers: it takes what edges escalate, or escalates itself, or neither. */
final class Tiers {
    private final Vertx vertx;
    private final Edge config;
    private final MeterRegistry meters;
    private final Optional<PeerVerticle> port;

    Tiers(Vertx vertx, Edge config, Limits limits, Streams streams, MeterRegistry meters) {
        this.vertx = vertx;
        this.config = config;
        this.meters = meters;
        this.port = config.role() == Edge.Role.CENTER
                ? Optional.of(new PeerVerticle(
                        SocketAddress.inetSocketAddress(config.port(), config.host()),
                        identity(config),
                        limits,
                        new CenterOffer(streams)))
                : Optional.empty();
    }

    /** Of a center: listens for edges. */
    Future<Void> listen() {
        return port.map(verticle -> vertx.deployVerticle(verticle).<Void>mapEmpty())
                .orElseGet(Future::succeededFuture);
    }

    /**
     * Of an edge: what its own streams are to use.
     *
     * @return fails where the center is there and has another tokenizer
     */
    Future<Replica.Ready> join(Replica.Ready local) {
        if (config.role() != Edge.Role.EDGE) {
            return Future.succeededFuture(local);
        }
        TieredRunner runner =
                new TieredRunner(vertx, setup(config), local.model().tokenizer(), local.runner(), meters);
        return runner.start().map(started -> new Replica.Ready(local.model(), runner));
    }

    /** Of a center: gives back to edges what runs here for them. */
    void drain() {
        port.ifPresent(PeerVerticle::drain);
    }

    /** Where edges reach this center. */
    Optional<String> address() {
        return port.map(verticle -> config.host() + ":" + verticle.port());
    }

    private static EdgeSetup setup(Edge config) {
        int colon = config.center().lastIndexOf(':');
        return new EdgeSetup(
                SocketAddress.inetSocketAddress(
                        Integer.parseInt(config.center().substring(colon + 1)),
                        config.center().substring(0, colon).replaceAll("[\\[\\]]", "")),
                identity(config),
                policy(config),
                config.withoutCenter() == Edge.WithoutCenter.TAKE_OVER,
                config.probeInterval(),
                config.probeTimeout(),
                config.centerTimeout(),
                config.tokenWindow());
    }

    private static NodeIdentity identity(Edge config) {
        return new NodeIdentity(
                config.certificate().orElseThrow(),
                config.key().orElseThrow(),
                config.ca().orElseThrow());
    }

    private static TierPolicy policy(Edge config) {
        return switch (config.policy()) {
            case RULES ->
                new Rules(
                        config.maxPromptTokens(),
                        config.maxAnswerTokens(),
                        config.maxTurns(),
                        config.tools() == Edge.Tools.EDGE,
                        words(config.keywords()));
            case CONFIDENCE -> TierPolicy.confidence(config.firstTokens(), config.minLogProb());
            case ALWAYS -> TierPolicy.always();
            case NEVER -> TierPolicy.never();
        };
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
