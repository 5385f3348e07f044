package io.millrace.verticles.cluster;

import static io.millrace.verticles.testing.TestReplica.eventually;

import io.millrace.api.FinishReason;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.TokenEvent;
import io.millrace.cluster.PowerOfTwoChoices;
import io.millrace.verticles.testing.ClusterProcess;
import io.millrace.verticles.testing.HashingStage;
import io.millrace.verticles.testing.Reader;
import io.millrace.verticles.testing.TestCluster;
import io.millrace.verticles.testing.TestReplica;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Nodes are killed while clients read. The clients' node is this process, the others are processes of their own; each
 * round starts requests, kills one of the others amid them, starts it anew and compares what the clients got with what a
 * run that nothing disturbs gives.
 */
final class FailoverRounds implements AutoCloseable {
    /** @param handovers streams that went on on another node, ever */
    record Outcome(int requests, int right, int kills, double handovers, double sentToOthers) {}

    private record Asked(Reader reader, int[] prompt, int tokens) {}

    private final Random random;
    private final int clients;
    private final List<Integer> ports;
    private final List<Process> others = new ArrayList<>();
    private final TestReplica own;
    private int requests;
    private int right;
    private int kills;

    FailoverRounds(long seed, int processes, int clients) throws Exception {
        random = new Random(seed);
        this.clients = clients;
        ports = TestCluster.freePorts(processes + 1);
        TestCluster cluster = new TestCluster("ours", ports);
        own = ClusterProcess.join(cluster.setup(0, () -> new PowerOfTwoChoices(new Random(seed))));
        for (int i = 1; i <= processes; i++) {
            others.add(ClusterProcess.start(i, ports));
        }
    }

    /** Arguments: seed, rounds, processes beside this one, clients. */
    public static void main(String[] arguments) throws Exception {
        int rounds = Integer.parseInt(arguments[1]);
        long begun = System.nanoTime();
        try (FailoverRounds failover = new FailoverRounds(
                Long.parseLong(arguments[0]), Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]))) {
            for (int i = 1; i <= rounds; i++) {
                failover.round();
                System.out.println("round " + i + ", " + (System.nanoTime() - begun) / 1_000_000_000 + " s: "
                        + failover.outcome());
            }
        }
        Runtime.getRuntime().halt(0);
    }

    void round() throws IOException {
        eventually("another node is there", () -> known() >= 2);
        List<Asked> asked = IntStream.range(0, clients).mapToObj(i -> ask()).toList();
        int before = clients * (5 + random.nextInt(30));
        eventually("some tokens came", () -> tokens(asked) >= before);
        kill(random.nextInt(others.size()));
        for (Asked one : asked) {
            requests++;
            right += isRight(one) ? 1 : 0;
        }
    }

    Outcome outcome() {
        return new Outcome(
                requests,
                right,
                kills,
                own.meters.get("millrace.cluster.handovers").counter().count(),
                own.meters.get("millrace.cluster.sequences.sent").counter().count());
    }

    private double known() {
        return own.meters.get("millrace.cluster.nodes").gauge().value();
    }

    private Asked ask() {
        int[] prompt = random.ints(1 + random.nextInt(200), 'a', 'z').toArray();
        int tokens = 40 + random.nextInt(80);
        String text = new String(prompt, 0, prompt.length);
        Request request = new Request("", new Prompt.Text(text), SamplingParams.GREEDY, tokens, List.of());
        return new Asked(new Reader(own).generate(request), prompt, tokens);
    }

    private static long tokens(List<Asked> asked) {
        return asked.stream().mapToLong(one -> one.reader().tokens()).sum();
    }

    /** SIGKILL; the next one has the same id and waits until the cluster has missed the last. */
    private void kill(int victim) throws IOException {
        others.get(victim).destroyForcibly();
        others.set(victim, ClusterProcess.start(victim + 1, ports));
        kills++;
    }

    /** Every token once, in order, as an undisturbed run has them, and the end. */
    private static boolean isRight(Asked asked) {
        boolean ended = asked.reader().awaitEnd() instanceof TokenEvent.Finished end
                && end.reason() == FinishReason.LENGTH
                && end.number() == asked.tokens() + 1;
        List<TokenEvent.Token> tokens = asked.reader().events().stream()
                .filter(TokenEvent.Token.class::isInstance)
                .map(TokenEvent.Token.class::cast)
                .toList();
        boolean numbered =
                IntStream.range(0, tokens.size()).allMatch(i -> tokens.get(i).number() == i + 1);
        String expected = IntStream.of(HashingStage.expected(asked.prompt(), asked.tokens()))
                .mapToObj(token -> token + " ")
                .collect(Collectors.joining());
        return ended && numbered && asked.reader().text().equals(expected);
    }

    @Override
    public void close() {
        others.forEach(Process::destroyForcibly);
        own.close();
    }
}
