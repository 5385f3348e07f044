package io.millrace.verticles.cluster;

import static io.millrace.verticles.testing.TestReplica.await;
import static io.millrace.verticles.testing.TestReplica.eventually;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.verticles.testing.TestCluster;
import io.vertx.core.VertxOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that find each other over mutual TLS, in one JVM. */
class MembershipTest {
    private final List<Membership.Joined> joined = new ArrayList<>();

    @AfterEach
    void leave() {
        joined.forEach(node -> await(node.leave()));
    }

    @Test
    void nodesOfOneAuthorityHearEachOther() throws Exception {
        TestCluster cluster = new TestCluster("ours", 2);
        Membership.Joined a = join(cluster.setup(0));
        Membership.Joined b = join(cluster.setup(1));
        AtomicInteger heard = new AtomicInteger();
        a.hints().listen(hint -> heard.incrementAndGet());
        eventually("b knows a", () -> b.members().getMembers().size() == 2);
        eventually("a hears b", () -> {
            b.hints().publish(new byte[] {1});
            return heard.get() > 0;
        });
    }

    /** As a stopped process, or one behind a cut that opened amid the handshake. */
    @Test
    void nodesFindEachOtherBesideOneThatTakesConnectionsAndNeverSpeaks() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            List<Integer> ports = new ArrayList<>(TestCluster.freePorts(2));
            ports.addFirst(silent.getLocalPort());
            TestCluster cluster = new TestCluster("ours", ports);
            Membership.Joined a = join(cluster.setup(1));
            Membership.Joined b = join(cluster.setup(2));
            eventually("a knows b", () -> a.members().getMembers().size() == 2);
            eventually("b knows a", () -> b.members().getMembers().size() == 2);
        }
    }

    @Test
    void aNodeOfAnotherAuthorityStaysAlone() throws Exception {
        TestCluster cluster = new TestCluster("ours", 2);
        TestCluster others = new TestCluster("theirs", 1);
        Membership.Joined a = join(cluster.setup(0));
        Membership.Joined stranger = join(cluster.setup(1, others.setup(0).identity()));
        assertEquals(1, stranger.members().getMembers().size());
        assertEquals(1, a.members().getMembers().size());
    }

    @Test
    void aSecondNodeWithTheSameIdIsRefusedWithItsName() throws Exception {
        TestCluster cluster = new TestCluster("ours", 2);
        join(cluster.setup(0));
        AssertionError refused = assertThrows(AssertionError.class, () -> join(cluster.named("node-0", 1)));
        String message = refused.getCause().getCause().getMessage();
        assertTrue(message.contains("cluster.node-id: \"node-0\" is the id of a running node"), message);
    }

    private Membership.Joined join(ClusterSetup setup) {
        Membership.Joined node = await(Membership.join(setup, new VertxOptions().setEventLoopPoolSize(1)));
        joined.add(node);
        return node;
    }
}
