package io.millrace.openai;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code id:} line of a server-sent event and the {@code Last-Event-ID} header: {@code <handle>:<event number>}.
 *
 * @param number the last event seen; 0 before the first token
 */
public record LastEventId(String handle, long number) {

    /** 18 digits always fit a long. */
    private static final Pattern SHAPE = Pattern.compile("([A-Za-z0-9_-]{1,128}):([0-9]{1,18})");

    /** Empty where the header is not one that this server wrote. */
    public static Optional<LastEventId> parse(String header) {
        Matcher matcher = SHAPE.matcher(header);
        return matcher.matches()
                ? Optional.of(new LastEventId(matcher.group(1), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    public String format() {
        return handle + ":" + number;
    }
}
