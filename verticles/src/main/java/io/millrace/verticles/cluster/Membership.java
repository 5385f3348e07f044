package io.millrace.verticles.cluster;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.ext.cluster.infinispan.InfinispanClusterManager;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.infinispan.configuration.cache.CacheMode;
import org.infinispan.configuration.parsing.ConfigurationBuilderHolder;
import org.infinispan.manager.DefaultCacheManager;
import org.infinispan.remoting.transport.jgroups.JGroupsTransport;
import org.jgroups.Address;
import org.jgroups.JChannel;

/** Joins a cluster: first the membership channel, then Vert.x on it. */
public final class Membership {
    private static final String CLUSTER = "millrace";
    /** What a dead predecessor with the same id is given to be missed by the others: FD_ALL3's timeout, twice. */
    private static final Duration PREDECESSOR = Duration.ofSeconds(12);

    private static final Duration POLL = Duration.ofMillis(200);

    private Membership() {}

    /**
     * A clustered Vert.x. Closing it leaves the cluster, but not {@link DefaultCacheManager}, which was made here: see
     * {@link Joined#leave}.
     *
     * @return fails with an {@link IOException} that names the setting at fault
     */
    public static Future<Joined> join(ClusterSetup setup, VertxOptions options) {
        Promise<Joined> joined = Promise.promise();
        Thread.startVirtualThread(() -> {
            try {
                JChannel channel = MembershipChannel.open(setup);
                DefaultCacheManager members = connect(setup, channel);
                HintBus hints = new ChannelHints(channel);
                start(setup, options, members)
                        .onSuccess(vertx -> joined.complete(new Joined(vertx, members, hints)))
                        .onFailure(failure -> {
                            members.stop();
                            joined.fail(failure);
                        });
            } catch (Exception e) {
                joined.fail(e instanceof IOException ? e : new IOException("cannot join the cluster: " + cause(e), e));
            }
        });
        return joined.future();
    }

    /** A node's place in its cluster. */
    public record Joined(Vertx vertx, DefaultCacheManager members, HintBus hints) {

        /** Closes Vert.x, then the membership channel. */
        public Future<Void> leave() {
            Promise<Void> left = Promise.promise();
            vertx.close()
                    .onComplete(closed -> Thread.startVirtualThread(() -> {
                        members.stop();
                        left.complete();
                    }));
            return left.future();
        }
    }

    private static DefaultCacheManager connect(ClusterSetup setup, JChannel channel) throws Exception {
        DefaultCacheManager members = new DefaultCacheManager(caches(new JGroupsTransport(channel)), true);
        try {
            refuseDuplicate(setup, channel);
            return members;
        } catch (Exception e) {
            members.stop();
            throw e;
        }
    }

    /** Of several members with one id the oldest stays: every node sees them in the same order. */
    private static void refuseDuplicate(ClusterSetup setup, JChannel channel) throws Exception {
        long deadline = System.nanoTime() + PREDECESSOR.toNanos();
        Optional<Address> older = older(setup, channel);
        while (older.isPresent() && System.nanoTime() - deadline < 0) {
            Thread.sleep(POLL);
            older = older(setup, channel);
        }
        if (older.isPresent()) {
            throw new IOException("cluster.node-id: \"" + setup.nodeId() + "\" is the id of a running node, "
                    + older.get() + "; every node needs its own");
        }
    }

    private static Optional<Address> older(ClusterSetup setup, JChannel channel) {
        List<Address> members = channel.getView().getMembers();
        return members.subList(0, members.indexOf(channel.getAddress())).stream()
                .filter(member -> MembershipChannel.nodeId(member.toString()).equals(setup.nodeId()))
                .findFirst();
    }

    /** The caches that Vert.x's cluster manager asks for, as its own default file declares them. */
    private static ConfigurationBuilderHolder caches(JGroupsTransport transport) {
        ConfigurationBuilderHolder caches = new ConfigurationBuilderHolder();
        caches.getGlobalConfigurationBuilder().transport().transport(transport).clusterName(CLUSTER);
        caches.newConfigurationBuilder("distributed-cache").clustering().cacheMode(CacheMode.DIST_SYNC);
        for (String name : List.of("__vertx.subs", "__vertx.haInfo", "__vertx.nodeInfo")) {
            caches.newConfigurationBuilder(name).clustering().cacheMode(CacheMode.REPL_SYNC);
        }
        caches.newConfigurationBuilder("__vertx.distributed.cache.configuration")
                .template(true)
                .clustering()
                .cacheMode(CacheMode.DIST_SYNC);
        return caches;
    }

    private static Future<Vertx> start(ClusterSetup setup, VertxOptions options, DefaultCacheManager members) {
        EventBusOptions bus = new EventBusOptions()
                .setHost(setup.host())
                .setPort(setup.busPort())
                .setSsl(true)
                .setKeyCertOptions(setup.identity().keyCert())
                .setTrustOptions(setup.identity().trust())
                .setClientAuth(ClientAuth.REQUIRED);
        return Vertx.builder()
                .with(new VertxOptions(options).setEventBusOptions(bus))
                .withClusterManager(new InfinispanClusterManager(members))
                .buildClustered();
    }

    private static String cause(Throwable failure) {
        Throwable last = failure;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        return last.getMessage() == null ? last.toString() : last.getMessage();
    }
}
