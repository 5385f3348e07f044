package io.millrace.ort.linux;

import io.millrace.engine.NumaPlacement;
import io.millrace.ort.linux.NumaNodes.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/** Placement by {@code sched_setaffinity} and {@code set_mempolicy}, both of which new threads inherit. */
public final class LinuxNumaPlacement implements NumaPlacement {
    private final Path sysfs;

    /** For this machine. */
    public LinuxNumaPlacement() {
        this(NumaNodes.SYSFS);
    }

    /** @param sysfs the folder of the nodes */
    LinuxNumaPlacement(Path sysfs) {
        this.sysfs = sysfs;
    }

    @Override
    public String place(String wanted) throws IOException {
        NumaNodes nodes = NumaNodes.read(sysfs);
        Optional<Node> node = wanted.equals("auto") ? nodes.freest() : nodes.find(Integer.parseInt(wanted));
        if (nodes.all().size() < 2 && (node.isPresent() || wanted.equals("auto"))) {
            return "numa: this machine has one node, so there is nothing to choose";
        }
        if (node.isEmpty()) {
            throw new IOException("numa: there is no node " + wanted + " with cores; there are "
                    + nodes.all().stream()
                            .map(each -> Integer.toString(each.number()))
                            .collect(Collectors.joining(", ")));
        }
        return pin(node.get());
    }

    static String pin(Node node) throws IOException {
        int refused = LinuxCalls.setAffinity(node.cores());
        if (refused != 0) {
            throw new IOException("numa: the cores of node " + node.number() + ", " + node.cores()
                    + ", are not for this process: sched_setaffinity gave errno " + refused);
        }
        String threads = "numa: threads on the " + node.cores().cardinality() + " cores of node " + node.number();
        int memory = LinuxCalls.preferMemoryOf(node.number());
        return memory == 0
                ? threads + ", memory from there first"
                : threads + "; memory from anywhere, since set_mempolicy gave errno " + memory;
    }
}
