package io.millrace.verticles.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Hosts on one machine: a network namespace for each, with a link to the other hosts and another one to this process. The
 * links between hosts end at one of two bridges, and a partition moves them apart: packets get lost, as from a dead switch,
 * and nobody is told.
 *
 * <p>Needs {@code ip} and the right to make namespaces, see {@link #permitted}.
 */
public final class ClusterNetwork implements AutoCloseable {
    private static final long PID = ProcessHandle.current().pid();
    private static final int SECONDS = 20;

    /** Names of interfaces have 15 characters at most. */
    private final String name = "mr" + PID;

    private final String clientNet = "10." + (64 + PID % 64) + "." + PID / 64 % 256 + ".";
    private final int hosts;

    public ClusterNetwork(int hosts) throws IOException {
        this.hosts = hosts;
        try {
            for (String bridge : List.of("A", "B", "C")) {
                ip("link add " + name + bridge + " type bridge forward_delay 0");
                ip("link set " + name + bridge + " up");
            }
            ip("addr add " + clientNet + "1/24 dev " + name + "C");
            for (int i = 0; i < hosts; i++) {
                host(i);
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Whether this process may make network namespaces. */
    public static boolean permitted() {
        String probe = "mr" + PID + "p";
        try {
            ip("netns add " + probe);
            ip("link add " + probe + " type bridge");
            ip("link del " + probe);
            return true;
        } catch (IOException e) {
            return false;
        } finally {
            quietly("netns del " + probe);
        }
    }

    private void host(int i) throws IOException {
        ip("netns add " + space(i));
        link(i, "a", "A", "10.99.0." + (i + 1));
        link(i, "c", "C", clientHost(i));
        ip("-n " + space(i) + " link set lo up");
    }

    private void link(int i, String kind, String bridge, String address) throws IOException {
        String outer = name + kind + i;
        ip("link add " + outer + " type veth peer name " + kind + "0 netns " + space(i));
        ip("link set " + outer + " master " + name + bridge + " up");
        ip("-n " + space(i) + " addr add " + address + "/24 dev " + kind + "0");
        ip("-n " + space(i) + " link set " + kind + "0 up");
    }

    /** Address that other hosts reach it at. */
    public String clusterHost(int i) {
        return "10.99.0." + (i + 1);
    }

    /** Address that this process reaches it at. */
    public String clientHost(int i) {
        return clientNet + (i + 2);
    }

    /** What runs a program on this host. */
    public List<String> prefix(int i) {
        return List.of("ip", "netns", "exec", space(i));
    }

    /** The interface, in the host's namespace, of the link to other hosts. */
    public static String clusterInterface() {
        return "a0";
    }

    /** That of the link to this process. */
    public static String clientInterface() {
        return "c0";
    }

    /** These hosts and the others do not hear each other any more; clients reach both. */
    public void partition(Set<Integer> apart) throws IOException {
        for (int i = 0; i < hosts; i++) {
            ip("link set " + name + "a" + i + " master " + name + (apart.contains(i) ? "B" : "A"));
        }
    }

    public void heal() throws IOException {
        partition(Set.of());
    }

    @Override
    public void close() {
        for (int i = 0; i < hosts; i++) {
            quietly("netns del " + space(i));
            quietly("link del " + name + "a" + i);
            quietly("link del " + name + "c" + i);
        }
        for (String bridge : List.of("A", "B", "C")) {
            quietly("link del " + name + bridge);
        }
    }

    private String space(int i) {
        return name + "-" + i;
    }

    private static void quietly(String arguments) {
        try {
            ip(arguments);
        } catch (IOException gone) {
            // Its namespace took it along, or it was never made.
        }
    }

    private static void ip(String arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("ip " + arguments + ": " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
