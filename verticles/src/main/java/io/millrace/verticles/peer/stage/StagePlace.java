package io.millrace.verticles.peer.stage;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which of a model's stages.
 *
 * @param index from 0
 * @param count of all
 */
public record StagePlace(int index, int count) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,3})/(\\d{1,3})");

    public StagePlace {
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException("stage " + (index + 1) + " of " + count);
        }
    }

    /**
     * @param text as people count: {@code 2/3} is the second of three
     * @throws IllegalArgumentException where it is not of this form
     */
    public static StagePlace parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not of the form 2/3, the second of three stages");
        }
        return new StagePlace(Integer.parseInt(matcher.group(1)) - 1, Integer.parseInt(matcher.group(2)));
    }

    @Override
    public String toString() {
        return (index + 1) + "/" + count;
    }
}
