package io.millrace.ort.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.engine.NumaPlacement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.ServiceLoader;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NumaTest {
    @TempDir
    private Path sysfs;

    @Test
    void coresAreListedAsTheKernelListsThem() throws Exception {
        assertEquals("{0, 1, 2, 3, 8, 10, 11}", NumaNodes.list("0-3,8,10-11\n").toString());
        assertTrue(NumaNodes.list("\n").isEmpty());
        for (String nonsense : new String[] {"a", "3-1", "1-", "-1"}) {
            assertThrows(IOException.class, () -> NumaNodes.list(nonsense), nonsense);
        }
    }

    @Test
    void nodesWithoutCoresAreOnlyMemory() throws Exception {
        node(1, "4-7", 900);
        node(0, "0-3", 100);
        node(2, "", 5000);
        Files.createDirectory(sysfs.resolve("power"));
        NumaNodes nodes = NumaNodes.read(sysfs);
        assertEquals(2, nodes.all().size());
        assertEquals(0, nodes.all().getFirst().number());
        assertEquals(1, nodes.freest().orElseThrow().number());
        assertEquals(900 * 1024, nodes.freest().orElseThrow().freeBytes());
    }

    @Test
    void aNodeThatIsNotThereIsRefusedWithThoseThatAre() throws Exception {
        node(0, "0", 1);
        node(1, "1", 1);
        IOException refusal = assertThrows(IOException.class, () -> new LinuxNumaPlacement(sysfs).place("3"));
        assertTrue(refusal.getMessage().endsWith("there are 0, 1"), refusal.getMessage());
    }

    @Test
    void aMachineOfOneNodeSaysSoAndGoesOn() throws Exception {
        node(0, "0", 1);
        assertTrue(new LinuxNumaPlacement(sysfs).place("auto").contains("one node"));
        assertTrue(new LinuxNumaPlacement(sysfs).place("0").contains("one node"));
        assertTrue(new LinuxNumaPlacement(sysfs.resolve("none")).place("auto").contains("one node"));
        assertThrows(IOException.class, () -> new LinuxNumaPlacement(sysfs).place("1"));
    }

    @Test
    void aPinnedThreadAndItsChildrenRunWhereTheyWereTold() throws Exception {
        BitSet before = LinuxCalls.affinity();
        BitSet one = new BitSet();
        one.set(before.nextSetBit(0));
        FutureTask<BitSet> seen = new FutureTask<>(() -> {
            String done = LinuxNumaPlacement.pin(new NumaNodes.Node(0, one, 0));
            assertTrue(done.startsWith("numa: threads on the 1 cores of node 0"), done);
            FutureTask<BitSet> child = new FutureTask<>(LinuxCalls::affinity);
            Thread.ofPlatform().start(child);
            assertEquals(one, LinuxCalls.affinity());
            return child.get();
        });
        Thread.ofPlatform().start(seen);
        assertEquals(one, seen.get());
        assertEquals(before, LinuxCalls.affinity(), "other threads stay where they were");
    }

    @Test
    void coresThatAreNotThereAreRefused() throws Exception {
        BitSet none = new BitSet();
        none.set(1000);
        IOException refusal =
                assertThrows(IOException.class, () -> LinuxNumaPlacement.pin(new NumaNodes.Node(0, none, 0)));
        assertTrue(refusal.getMessage().contains("errno"), refusal.getMessage());
    }

    @Test
    void thisMachinesNodesHaveTheCoresThatItRunsOn() throws Exception {
        BitSet all = new BitSet();
        NumaNodes.read(NumaNodes.SYSFS).all().forEach(node -> all.or(node.cores()));
        BitSet mine = LinuxCalls.affinity();
        mine.andNot(all);
        assertTrue(all.isEmpty() || mine.isEmpty(), "cores of no node: " + mine);
        assertFalse(ServiceLoader.load(NumaPlacement.class).stream().toList().isEmpty());
    }

    private void node(int number, String cores, long freeKilobytes) throws IOException {
        Path node = Files.createDirectory(sysfs.resolve("node" + number));
        Files.writeString(node.resolve("cpulist"), cores + "\n");
        Files.writeString(
                node.resolve("meminfo"),
                "Node %d MemTotal: 9999 kB\nNode %d MemFree: %d kB\n".formatted(number, number, freeKilobytes));
    }
}
