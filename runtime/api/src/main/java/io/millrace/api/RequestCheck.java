package io.millrace.api;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The ranges of a request's fields: one table for every ingress, so that the same request is refused with the same
 * words on each. An empty result means that the field may pass.
 *
 * <p>Ranges are those of the OpenAI API where it has the field. NaN is in no range.
 */
public final class RequestCheck {

    private RequestCheck() {}

    /**
     * @param prefix where the fields stand in the ingress's JSON: empty, or ending in a dot like {@code sampling.}
     * @return the first field that is out of its range
     */
    public static Optional<Rejection> sampling(SamplingParams params, String prefix) {
        return Stream.of(
                        within(prefix + "temperature", params.temperature(), 0, 2),
                        notNegative(prefix + "top_k", params.topK()),
                        above(prefix + "top_p", params.topP(), 0, 1),
                        within(prefix + "min_p", params.minP(), 0, 1),
                        within(prefix + "repetition_penalty", params.repetitionPenalty(), 0.1f, 10),
                        within(prefix + "presence_penalty", params.presencePenalty(), -2, 2),
                        within(prefix + "frequency_penalty", params.frequencyPenalty(), -2, 2))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** More than the context holds is no error: the context ends the output then. */
    public static Optional<Rejection> maxTokens(String field, int maxTokens) {
        return notNegative(field, maxTokens);
    }

    public static Optional<Rejection> stop(String field, List<String> stop, Limits limits) {
        if (stop.size() > limits.maxStopStrings()) {
            return refuse(field, "has " + stop.size() + " strings; the limit is " + limits.maxStopStrings());
        }
        for (int i = 0; i < stop.size(); i++) {
            int length = stop.get(i).length();
            if (length == 0 || length > limits.maxStopLength()) {
                return refuse(
                        field + "[" + i + "]",
                        "has " + length + " characters; it must have 1 to " + limits.maxStopLength());
            }
        }
        return Optional.empty();
    }

    /** @param count how many messages the chat has */
    public static Optional<Rejection> messages(String field, int count, Limits limits) {
        return count >= 1 && count <= limits.maxMessages()
                ? Optional.empty()
                : refuse(field, "has " + count + " messages; it must have 1 to " + limits.maxMessages());
    }

    private static Optional<Rejection> within(String field, float value, float least, float most) {
        return value >= least && value <= most
                ? Optional.empty()
                : refuse(field, "must be between " + plain(least) + " and " + plain(most));
    }

    private static Optional<Rejection> above(String field, float value, float bound, float most) {
        return value > bound && value <= most
                ? Optional.empty()
                : refuse(field, "must be greater than " + plain(bound) + " and at most " + plain(most));
    }

    /** An unsigned 32-bit field beyond {@link Integer#MAX_VALUE} arrives here as a negative number. */
    private static Optional<Rejection> notNegative(String field, int value) {
        return value >= 0 ? Optional.empty() : refuse(field, "must be between 0 and " + Integer.MAX_VALUE);
    }

    private static String plain(float bound) {
        return bound == Math.rint(bound) ? Integer.toString((int) bound) : Float.toString(bound);
    }

    private static Optional<Rejection> refuse(String field, String why) {
        return Optional.of(Rejection.invalid(field, field + " " + why));
    }
}
