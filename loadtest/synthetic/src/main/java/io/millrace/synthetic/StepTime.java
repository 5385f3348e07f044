package io.millrace.synthetic;

import io.millrace.engine.StepPlan;
import java.util.Arrays;

/**
 * How long a step takes: a line through what was measured on a real device (loadtest/RESULTS.md).
 *
 * @param base  nanoseconds of any step
 * @param row   nanoseconds of each sequence that has one token in it
 * @param token nanoseconds of each token of a longer slice, that is of a prompt
 * @param cpu   share of it that the step's thread spends computing; else it sleeps
 */
record StepTime(long base, long row, long token, double cpu) {
    private static final int NUMBERS = 3;
    private static final double NANOS_PER_MILLI = 1e6;

    /**
     * @param text milliseconds as {@code BASE,ROW,TOKEN} or {@code BASE,ROW,TOKEN,CPU}
     * @throws IllegalArgumentException in words for the user
     */
    static StepTime parse(String text) {
        double[] numbers = numbers(text);
        double cpu = numbers.length > NUMBERS ? numbers[NUMBERS] : 0;
        boolean right = Arrays.stream(numbers).allMatch(number -> number >= 0 && number < Integer.MAX_VALUE);
        if (numbers.length < NUMBERS || numbers.length > NUMBERS + 1 || cpu > 1 || !right) {
            throw new IllegalArgumentException("millrace.synthetic: \"" + text + "\" is not BASE,ROW,TOKEN in"
                    + " milliseconds and, where steps compute, the share of CPU from 0 to 1, as 5.7,4.8,2.56,0.5");
        }
        return new StepTime(nanos(numbers[0]), nanos(numbers[1]), nanos(numbers[2]), cpu);
    }

    /** None where one of them is no number. */
    private static double[] numbers(String text) {
        try {
            return Arrays.stream(text.split(","))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
        } catch (NumberFormatException e) {
            return new double[0];
        }
    }

    private static long nanos(double millis) {
        return Math.round(millis * NANOS_PER_MILLI);
    }

    long of(StepPlan plan) {
        long time = base;
        for (StepPlan.Slice slice : plan.slices()) {
            int tokens = slice.tokens().length;
            time += tokens == 1 ? row : tokens * token;
        }
        return time;
    }

    @Override
    public String toString() {
        return String.format(
                "%.2f ms a step, %.2f a row, %.3f a prompt token, %.0f%% of it CPU",
                base / NANOS_PER_MILLI, row / NANOS_PER_MILLI, token / NANOS_PER_MILLI, cpu * 100);
    }
}
