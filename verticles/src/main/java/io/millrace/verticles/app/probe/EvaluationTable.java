package io.millrace.verticles.app.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The outcome as Markdown, which reads well on a terminal, too. */
public final class EvaluationTable {
    private static final double MB = 1e6;

    private EvaluationTable() {}

    /** @param all the reference first */
    public static String of(List<Evaluated> all) {
        Evaluated reference = all.getFirst();
        List<String> lines = new ArrayList<>();
        lines.add(
                "| model | perplexity | top-1 agreement | mean KL, nats | file, MB | resident, MB | of it shareable | tokens/s |");
        lines.add("|---|---|---|---|---|---|---|---|");
        for (Evaluated each : all) {
            lines.add(line(
                    "| %s | %.2f | %.1f%% | %.4f | %.0f | %.0f | %.0f | %.1f |",
                    each.name(),
                    each.perplexity(),
                    100 * each.agreement(),
                    each.divergence(),
                    each.fileBytes() / MB,
                    each.residentBytes() / MB,
                    each.mappedBytes() / MB,
                    each.tokensPerSecond()));
        }
        lines.add("");
        lines.add("| against " + reference.name() + " | size | accuracy (top-1 agreement) | speed | memory |");
        lines.add("|---|---|---|---|---|");
        for (Evaluated each : all.subList(1, all.size())) {
            lines.add(line(
                    "| %s | %.2f× | %.1f%% | %.2f× | %+.0f%% |",
                    each.name(),
                    each.fileBytes() / (double) reference.fileBytes(),
                    100 * each.agreement(),
                    each.tokensPerSecond() / reference.tokensPerSecond(),
                    100.0 * each.residentBytes() / reference.residentBytes() - 100));
        }
        lines.add("| claimed for 8 bits | 0.50× | 98% | 2.30× | -45% |");
        lines.add("");
        lines.add(reference.positions() + " predictions.");
        return String.join(System.lineSeparator(), lines) + System.lineSeparator();
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
