package io.millrace.ort.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The NUMA nodes of a machine, as sysfs shows them. */
final class NumaNodes {
    static final Path SYSFS = Path.of("/sys/devices/system/node");

    private static final Pattern NODE = Pattern.compile("node(\\d+)");
    private static final Pattern FREE = Pattern.compile("MemFree:\\s+(\\d+) kB");

    private final List<Node> nodes;

    /**
     * @param cores     never empty
     * @param freeBytes memory that nobody uses, not even for files
     */
    record Node(int number, BitSet cores, long freeBytes) {}

    private NumaNodes(List<Node> nodes) {
        this.nodes = nodes;
    }

    /**
     * Nodes that have cores, by number; none where the system shows none.
     *
     * @param folder {@link #SYSFS}, or a tree like it
     */
    static NumaNodes read(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return new NumaNodes(List.of());
        }
        List<Node> nodes = new ArrayList<>();
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path entry : entries.toList()) {
                Matcher name = NODE.matcher(entry.getFileName().toString());
                if (name.matches()) {
                    BitSet cores = list(Files.readString(entry.resolve("cpulist")));
                    nodes.add(new Node(Integer.parseInt(name.group(1)), cores, freeBytes(entry)));
                }
            }
        }
        return new NumaNodes(nodes.stream()
                .filter(node -> !node.cores().isEmpty())
                .sorted(Comparator.comparingInt(Node::number))
                .toList());
    }

    List<Node> all() {
        return nodes;
    }

    Optional<Node> find(int number) {
        return nodes.stream().filter(node -> node.number() == number).findFirst();
    }

    Optional<Node> freest() {
        return nodes.stream().max(Comparator.comparingLong(Node::freeBytes));
    }

    /** The kernel's list format, as {@code 0-3,8,10-11}. */
    static BitSet list(String text) throws IOException {
        BitSet set = new BitSet();
        for (String part : text.strip().split(",")) {
            if (part.isEmpty()) {
                continue;
            }
            String[] ends = part.split("-", 2);
            try {
                int first = Integer.parseInt(ends[0]);
                int last = Integer.parseInt(ends[ends.length - 1]);
                set.set(first, last + 1);
            } catch (NumberFormatException | IndexOutOfBoundsException e) {
                throw new IOException("\"" + text.strip() + "\" is no list of cores", e);
            }
        }
        return set;
    }

    private static long freeBytes(Path node) throws IOException {
        Matcher free = FREE.matcher(Files.readString(node.resolve("meminfo")));
        return free.find() ? Long.parseLong(free.group(1)) * 1024 : 0;
    }
}
