package io.millrace.cluster;

import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Nodes that are all ingress and replica, as in a cluster of Millrace: every ingress routes by hints of its own hearing,
 * which are as old as the interval between them. Discrete events, one thread, no clock but the events' own.
 */
final class RoutingSimulation {
    private static final String MODEL = "m";
    private static final long TTL_INTERVALS = 6;

    private enum What {
        HINT,
        ARRIVAL,
        STEP
    }

    /** @param order of events at the same time: that of their making */
    private record Event(long nanos, long order, What what, int subject) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return nanos != other.nanos ? Long.compare(nanos, other.nanos) : Long.compare(order, other.order);
        }
    }

    private final Crowd crowd;
    private final List<SimulatedNode> nodes;
    private final List<Router> routers;
    private final List<HintTable> hints;
    private final boolean[] stepping;
    private final long hintNanos;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Measurements measurements;
    private long made;

    private RoutingSimulation(Crowd crowd, int count, int prefixTokens, IntFunction<Router> policy, long hintNanos) {
        this.crowd = crowd;
        this.hintNanos = hintNanos;
        nodes = IntStream.range(0, count)
                .mapToObj(i -> new SimulatedNode(prefixTokens))
                .toList();
        routers = IntStream.range(0, count).mapToObj(policy).toList();
        hints = IntStream.range(0, count)
                .mapToObj(i -> new HintTable(count, TTL_INTERVALS * hintNanos))
                .toList();
        stepping = new boolean[count];
        measurements = new Measurements(crowd.requests().size());
    }

    /**
     * Runs until every request is answered.
     *
     * @param policy    makes the router of an ingress by its number
     * @param hintNanos between two hints of a node
     */
    static Measurements run(Crowd crowd, int nodes, int prefixTokens, IntFunction<Router> policy, long hintNanos) {
        return new RoutingSimulation(crowd, nodes, prefixTokens, policy, hintNanos).run();
    }

    private Measurements run() {
        Random random = new Random(1);
        for (int node = 0; node < nodes.size(); node++) {
            tellAll(node, 0);
            add(random.nextLong(hintNanos), What.HINT, node);
        }
        add(crowd.requests().getFirst().arrivalNanos(), What.ARRIVAL, 0);
        int answered = 0;
        while (answered < crowd.requests().size()) {
            Event event = events.remove();
            switch (event.what()) {
                case HINT -> hint(event);
                case ARRIVAL -> arrive(event);
                case STEP -> step(event);
            }
            answered = measurements.finished()
                    + nodes.stream().mapToInt(SimulatedNode::refused).sum();
        }
        return measurements;
    }

    private void hint(Event event) {
        tellAll(event.subject(), event.nanos());
        add(event.nanos() + hintNanos, What.HINT, event.subject());
    }

    private void tellAll(int node, long now) {
        NodeHint hint = nodes.get(node).hint("node-" + (1_000 + node), MODEL);
        hints.forEach(table -> table.heard(hint, now));
    }

    private void arrive(Event event) {
        long now = event.nanos();
        Crowd.Request request = crowd.requests().get(event.subject());
        int ingress = request.ingress() % nodes.size();
        HintTable table = hints.get(ingress);
        Work work = new Work(request.prompt() + 100L, request.prefix());
        String chosen =
                routers.get(ingress).choose(work, table.candidates(MODEL, now)).node();
        table.sent(chosen, work.tokens());
        int node = Integer.parseInt(chosen.substring("node-".length())) - 1_000;
        if (nodes.get(node).submit(request, now)) {
            begin(node, now);
        }
        if (event.subject() + 1 < crowd.requests().size()) {
            int next = event.subject() + 1;
            add(crowd.requests().get(next).arrivalNanos(), What.ARRIVAL, next);
        }
    }

    private void step(Event event) {
        stepping[event.subject()] = false;
        nodes.get(event.subject()).commit(event.nanos(), measurements);
        begin(event.subject(), event.nanos());
    }

    private void begin(int node, long now) {
        if (!stepping[node]) {
            long nanos = nodes.get(node).begin(now);
            if (nanos >= 0) {
                stepping[node] = true;
                add(now + nanos, What.STEP, node);
            }
        }
    }

    private void add(long nanos, What what, int subject) {
        events.add(new Event(nanos, made++, what, subject));
    }
}
