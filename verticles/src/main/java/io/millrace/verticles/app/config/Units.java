package io.millrace.verticles.app.config;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations such as {@code 500ms} and sizes such as {@code 64KiB}, read and written. */
final class Units {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(-?[0-9][0-9_]*)\\s*([A-Za-z]*)");
    private static final Map<String, Long> MILLIS = Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L);
    private static final Map<String, Long> BYTES =
            Map.of("", 1L, "B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

    private Units() {}

    /** @throws IllegalArgumentException saying which form is read */
    static Duration duration(String text) {
        return Duration.ofMillis(scaled(text, MILLIS, "a duration such as 500ms, 30s, 5m or 1h"));
    }

    /** @throws IllegalArgumentException saying which form is read */
    static int bytes(String text) {
        return narrow(scaled(text, BYTES, "a size such as 4096, 64KiB or 1MiB"));
    }

    /** @throws IllegalArgumentException saying which form is read */
    static int integer(String text) {
        return narrow(scaled(text, Map.of("", 1L), "a whole number"));
    }

    /** @throws IllegalArgumentException saying which form is read */
    static double decimal(String text) {
        try {
            double value = Double.parseDouble(text.strip());
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException wrong) {
            throw new IllegalArgumentException("is not a number", wrong);
        }
        throw new IllegalArgumentException("is not finite");
    }

    static String text(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    static String text(int bytes) {
        if (bytes > 0 && bytes % (1 << 20) == 0) {
            return (bytes >> 20) + "MiB";
        }
        return bytes > 0 && bytes % (1 << 10) == 0 ? (bytes >> 10) + "KiB" : Integer.toString(bytes);
    }

    private static long scaled(String text, Map<String, Long> units, String expected) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
        Long unit = matcher.matches() ? units.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException("is not " + expected);
        }
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1).replace("_", "")), unit);
        } catch (ArithmeticException | NumberFormatException tooLarge) {
            throw new IllegalArgumentException("is too large", tooLarge);
        }
    }

    private static int narrow(long value) {
        if (value != (int) value) {
            throw new IllegalArgumentException("is too large: at most " + Integer.MAX_VALUE);
        }
        return (int) value;
    }
}
