package io.millrace.verticles.app.probe;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A profile as tables for a terminal: by part and operator, and by layer. */
public final class ProfileTable {
    private static final double MICROS_PER_MS = 1000;
    private static final double MB = 1e6;

    /** Of some executions together. */
    private record Sum(String name, long micros, int calls, long outputBytes) {
        static Sum of(String name, List<NodeTime> nodes) {
            return new Sum(
                    name,
                    nodes.stream().mapToLong(NodeTime::micros).sum(),
                    nodes.size(),
                    nodes.stream().mapToLong(NodeTime::outputBytes).sum());
        }
    }

    private ProfileTable() {}

    public static String of(Profile profile) {
        StringBuilder text = new StringBuilder();
        text.append("Prompts, one a step, by operator").append(System.lineSeparator());
        append(text, byOperator(profile.prompts()));
        text.append("Decoding, one token a row, by operator").append(System.lineSeparator());
        append(text, byOperator(profile.decodes()));
        text.append("Decoding, by layer").append(System.lineSeparator());
        append(text, byLayer(profile.decodes()));
        return text.toString();
    }

    private static List<Sum> byOperator(List<NodeTime> nodes) {
        return sums(nodes, node -> node.place().part().label() + " " + node.operator()).values().stream()
                .sorted(Comparator.comparingLong(Sum::micros).reversed())
                .toList();
    }

    /** Layers in their order, embedding before and head behind them. */
    private static List<Sum> byLayer(List<NodeTime> nodes) {
        Map<String, Sum> sums = sums(nodes, node -> node.place().label());
        List<Place> order = nodes.stream()
                .map(NodeTime::place)
                .distinct()
                .sorted(Comparator.comparingInt((Place place) -> switch (place.part()) {
                            case EMBEDDING -> 0;
                            case ATTENTION, MLP -> 1;
                            case HEAD -> 2;
                        })
                        .thenComparingInt(Place::layer)
                        .thenComparing(Place::part))
                .toList();
        return order.stream().map(place -> sums.get(place.label())).toList();
    }

    private static Map<String, Sum> sums(List<NodeTime> nodes, Function<NodeTime, String> key) {
        Map<String, Sum> sums = new TreeMap<>();
        nodes.stream()
                .collect(Collectors.groupingBy(key))
                .forEach((name, group) -> sums.put(name, Sum.of(name, group)));
        return sums;
    }

    private static void append(StringBuilder text, List<Sum> rows) {
        List<String> lines = new ArrayList<>();
        long all = rows.stream().mapToLong(Sum::micros).sum();
        lines.add(line("%-46s %10s %7s %8s %12s", "", "ms", "share", "calls", "outputs, MB"));
        for (Sum row : rows) {
            lines.add(line(
                    "%-46s %10.2f %6.1f%% %8d %12.2f",
                    row.name(),
                    row.micros() / MICROS_PER_MS,
                    all == 0 ? 0 : 100.0 * row.micros() / all,
                    row.calls(),
                    row.outputBytes() / MB));
        }
        lines.add("");
        lines.forEach(each -> text.append(each).append(System.lineSeparator()));
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
