package io.millrace.verticles.app.bench;

import org.HdrHistogram.Histogram;

/** A distribution of latencies in milliseconds; zeros where nothing was measured. */
public record Percentiles(double p50, double p90, double p95, double p99) {
    static Percentiles ofMicros(Histogram histogram) {
        return new Percentiles(
                histogram.getValueAtPercentile(50) / 1000.0,
                histogram.getValueAtPercentile(90) / 1000.0,
                histogram.getValueAtPercentile(95) / 1000.0,
                histogram.getValueAtPercentile(99) / 1000.0);
    }
}
