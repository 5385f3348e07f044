package io.millrace.verticles.edge;

import static io.millrace.verticles.testing.TestReplica.eventually;
import static io.millrace.verticles.testing.TestReplica.request;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Tier;
import io.millrace.api.TokenEvent;
import io.millrace.cluster.tier.TierPolicy;
import io.millrace.verticles.cluster.ClusterNode;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.Reader;
import io.millrace.verticles.testing.SharedHints;
import io.millrace.verticles.testing.TestCluster;
import io.millrace.verticles.testing.TestLimits;
import io.millrace.verticles.testing.TestReplica;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * An edge that knows one address of its center, whose node is in a cluster with another one, its fellow. Clients are at the edge;
 * while the fellow is heard of, it computes.
 */
class CenterInClusterTest {
    private TwoTiers tiers;
    private CountingStage fellowStage;
    private TestReplica fellow;
    private ClusterNode fellowNode;

    private void start(Limits edgeLimits, int fellowSteps) throws Exception {
        tiers = new TwoTiers(edgeLimits, CountingStage.UNLIMITED);
        tiers.startCenter(Limits.DEFAULTS, CountingStage.UNLIMITED);
        TestCluster cluster = new TestCluster("ours", 2);
        SharedHints hints = new SharedHints();
        fellowStage = new CountingStage(fellowSteps);
        fellow = new TestReplica(Limits.DEFAULTS, fellowStage);
        fellowNode = fellow.join(cluster.setup(1), hints);
        tiers.center.join(cluster.setup(0), hints);
        eventually(
                "the center hears its fellow",
                () -> tiers.center.meters.get("millrace.cluster.nodes").gauge().value() == 2);
        tiers.startEdge(TierPolicy.always());
    }

    @AfterEach
    void stop() {
        fellowStage.allow(CountingStage.UNLIMITED);
        tiers.close();
        fellow.close();
    }

    @Test
    void whatTheEdgeHandsOnAnyNodeOfTheCentersClusterComputes() throws Exception {
        start(Limits.DEFAULTS, CountingStage.UNLIMITED);
        Reader reader = new Reader(tiers.edge).generate(request(3, 40));
        wholeFromTheCenter(40, reader);
        assertEquals(1, centerCount("millrace.cluster.sequences.sent"));
        assertEquals(0, tiers.centerStage.begun());
    }

    @Test
    void theEdgeSeesNothingOfAFellowThatGoes() throws Exception {
        start(Limits.DEFAULTS, 7);
        Reader reader = new Reader(tiers.edge).generate(request(3, 40));
        reader.awaitTokens(5);
        fellowNode.drain();
        wholeFromTheCenter(40, reader);
        assertEquals(1, centerCount("millrace.cluster.handovers"));
        assertEquals(
                0, tiers.edge.meters.get("millrace.edge.takeovers").counter().count());
    }

    @Test
    void aSlowClientOfTheEdgeStallsItsSequenceTwoHopsAway() throws Exception {
        start(TestLimits.with("outputBufferBytes", 2_000), CountingStage.UNLIMITED);
        Reader slow = new Reader(tiers.edge).generate(request(3, 1_000), 0);
        eventually("it is stalled there", () -> fellow.load().stalled() == 1);
        slow.tell(link -> link.credit(10_000));
        wholeFromTheCenter(1_000, slow);
    }

    private double centerCount(String counter) {
        return tiers.center.meters.get(counter).counter().count();
    }

    private static void wholeFromTheCenter(int tokens, Reader reader) {
        TokenEvent.Finished finished = assertInstanceOf(TokenEvent.Finished.class, reader.awaitEnd());
        assertEquals(FinishReason.LENGTH, finished.reason());
        assertEquals(Tier.CENTER, finished.tier());
        assertEquals(IntStream.range(3, 3 + tokens).mapToObj(i -> i + " ").collect(joining()), reader.text());
    }
}
