package io.millrace.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.text.StopMatcher.Emitted;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopMatcherTest {

    @Test
    void withoutStopStringsNothingIsHeldBack() {
        StopMatcher matcher = new StopMatcher(List.of());
        assertEquals(new Emitted("any", false), matcher.append("any"));
        assertEquals("", matcher.flush());
    }

    @Test
    void aStopStringMayStraddleTokens() {
        StopMatcher matcher = new StopMatcher(List.of("END"));
        assertEquals(new Emitted("the ", false), matcher.append("the E"));
        assertEquals(new Emitted("", false), matcher.append("N"));
        assertEquals(new Emitted("", true), matcher.append("D of it"));
        assertEquals(new Emitted("", true), matcher.append("more"));
        assertEquals("", matcher.flush());
    }

    @Test
    void textThatOnlyLookedLikeAStopStringIsShownAsSoonAsThatIsClear() {
        StopMatcher matcher = new StopMatcher(List.of("\n\nHuman:"));
        assertEquals(new Emitted("Hi.", false), matcher.append("Hi.\n\nHum"));
        assertEquals(new Emitted("\n\nHumming", false), matcher.append("ming"));
    }

    @Test
    void whatIsHeldBackIsShownAtTheEnd() {
        StopMatcher matcher = new StopMatcher(List.of("END"));
        matcher.append("EN");
        assertEquals("EN", matcher.flush());
    }

    @Test
    void theStopStringThatIsCompleteFirstWins() {
        StopMatcher matcher = new StopMatcher(List.of("abcd", "bc"));
        assertEquals(new Emitted("a", true), matcher.append("abcd"));
    }

    @Test
    void ofStopStringsThatEndTogetherTheLongestIsCutOut() {
        StopMatcher matcher = new StopMatcher(List.of("c", "abc"));
        assertEquals(new Emitted("x", true), matcher.append("xabc"));
    }

    @Test
    void aStopStringThatOverlapsItselfIsFound() {
        StopMatcher matcher = new StopMatcher(List.of("aab"));
        assertEquals(new Emitted("a", true), matcher.append("aaab"));
    }

    @Test
    void anEmptyStopStringIsTheCallersMistake() {
        assertThrows(IllegalArgumentException.class, () -> new StopMatcher(List.of("a", "")));
    }

    @Test
    void anyCutOfTheTextGivesWhatSearchingAllOfItGives() {
        Random random = new Random(4);
        for (int run = 0; run < 50_000; run++) {
            List<String> stops = new ArrayList<>();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                stops.add(letters(random, 1 + random.nextInt(4)));
            }
            String text = letters(random, random.nextInt(16));
            assertEquals(searched(text, stops), streamed(text, stops, random), text + " " + stops + " run " + run);
        }
    }

    @Test
    void noMoreIsHeldBackThanCouldBeTheStartOfAStopString() {
        Random random = new Random(5);
        for (int run = 0; run < 10_000; run++) {
            List<String> stops = List.of(letters(random, 4), letters(random, 3));
            StopMatcher matcher = new StopMatcher(stops);
            String text = letters(random, 6);
            Emitted emitted = matcher.append(text);
            if (!emitted.stopped()) {
                String held = text.substring(emitted.text().length());
                assertTrue(held.isEmpty() || stops.stream().anyMatch(s -> s.startsWith(held)), text + " " + stops);
            }
        }
    }

    /** The text before the stop string that ends first, the longest of those; all of it where there is none. */
    private static String searched(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String seen = text.substring(0, end);
            int longest = stops.stream()
                    .filter(seen::endsWith)
                    .mapToInt(String::length)
                    .max()
                    .orElse(0);
            if (longest > 0) {
                return text.substring(0, end - longest) + "|";
            }
        }
        return text;
    }

    private static String streamed(String text, List<String> stops, Random random) {
        StopMatcher matcher = new StopMatcher(stops);
        StringBuilder shown = new StringBuilder();
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + random.nextInt(4));
            Emitted emitted = matcher.append(text.substring(at, end));
            shown.append(emitted.text());
            if (emitted.stopped()) {
                return shown + "|";
            }
            at = end;
        }
        String rest = matcher.flush();
        assertFalse(stops.stream().anyMatch(rest::contains));
        return shown + rest;
    }

    private static String letters(Random random, int length) {
        return random.ints(length, 'a', 'd')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
