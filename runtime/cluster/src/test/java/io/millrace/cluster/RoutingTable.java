package io.millrace.cluster;

import java.util.Locale;

/** Prints the table of loadtest/RESULTS.md. Arguments: nodes, requests, load. */
final class RoutingTable {
    private static final long SEED = 42;
    private static final long[] HINT_MILLIS = {100, 500, 2_000};
    private static final Crowd.Prefixes SHARED = new Crowd.Prefixes(400, 0.9, 256);

    private RoutingTable() {}

    public static void main(String[] arguments) {
        int nodes = Integer.parseInt(arguments[0]);
        int requests = Integer.parseInt(arguments[1]);
        double load = Double.parseDouble(arguments[2]);
        for (Crowd.Prefixes prefixes : new Crowd.Prefixes[] {Crowd.Prefixes.NONE, SHARED}) {
            double capacity = capacity(prefixes);
            print("%n%s; a node alone does %.2f requests/s%n", prefixes, capacity);
            print("| policy | hints every, ms | TTFT p50, s | p95 | p99 | tokens/s | requests/s | refused |%n");
            Crowd crowd = Crowd.of(SEED, requests, load * capacity * nodes, prefixes);
            for (Policy policy : Policy.values()) {
                for (long millis : HINT_MILLIS) {
                    row(policy, millis, crowd, nodes, prefixes);
                }
            }
        }
    }

    /** Requests a second of one node that never waits for any. A prefix that everybody has would be computed once. */
    static double capacity(Crowd.Prefixes prefixes) {
        Crowd crowd = Crowd.of(SEED, 250, 1e6, prefixes);
        return RoutingSimulation.run(crowd, 1, prefixes.tokens(), Policy.ROUND_ROBIN::router, 500_000_000)
                .requestsPerSecond();
    }

    private static void row(Policy policy, long millis, Crowd crowd, int nodes, Crowd.Prefixes prefixes) {
        Measurements result =
                RoutingSimulation.run(crowd, nodes, prefixes.tokens(), policy::router, millis * 1_000_000);
        print(
                "| %s | %d | %.2f | %.2f | %.2f | %.0f | %.1f | %d |%n",
                policy.title,
                millis,
                result.timeToFirstToken(0.5),
                result.timeToFirstToken(0.95),
                result.timeToFirstToken(0.99),
                result.tokensPerSecond(),
                result.requestsPerSecond(),
                crowd.requests().size() - result.finished());
    }

    private static void print(String format, Object... values) {
        System.out.printf(Locale.ROOT, format, values);
    }
}
