package io.millrace.verticles.app;

import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.cluster.ClusterSetup;
import io.millrace.verticles.cluster.Membership;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.Optional;

/** The Vert.x instance of a node, alone or as a member of a cluster. */
record NodeHome(Vertx vertx, Optional<Membership.Joined> membership, Optional<ClusterSetup> setup) {

    /** @return fails where the cluster cannot be joined, naming the setting at fault */
    static Future<NodeHome> open(NodeConfig config) {
        VertxOptions options = new VertxOptions().setEventLoopPoolSize(config.loopThreads());
        if (config.cluster().alone()) {
            return Future.succeededFuture(new NodeHome(Vertx.vertx(options), Optional.empty(), Optional.empty()));
        }
        ClusterSetup setup = ClusterSetups.of(config.cluster());
        return Membership.join(setup, options)
                .map(joined -> new NodeHome(joined.vertx(), Optional.of(joined), Optional.of(setup)));
    }

    Future<Void> close() {
        return membership.isPresent() ? membership.get().leave() : vertx.close();
    }
}
