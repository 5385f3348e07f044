package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PromptLookupTest {

    private static int[] draft(int most, int... tokens) {
        int[] roomy = Arrays.copyOf(tokens, tokens.length + 3);
        return DraftSource.promptLookup().draft(roomy, tokens.length, most);
    }

    @Test
    void whatFollowedTheLastTokensFollowsThemAgain() {
        assertArrayEquals(new int[] {3, 4, 5}, draft(3, 9, 1, 2, 3, 4, 5, 6, 1, 2));
    }

    @Test
    void thePlaceWithMoreOfTheTextBeforeItCounts() {
        assertArrayEquals(new int[] {5, 6}, draft(2, 3, 1, 2, 5, 6, 4, 1, 2, 7, 8, 3, 1, 2));
    }

    @Test
    void ofTwoPlacesThatAreAlikeTheLastCounts() {
        assertArrayEquals(new int[] {7}, draft(1, 1, 2, 5, 1, 2, 7, 1, 2));
    }

    @Test
    void aRepetitionThatHasBegunGoesOn() {
        assertArrayEquals(new int[] {3, 4, 3, 4, 3}, draft(5, 1, 3, 4, 3, 4));
    }

    @Test
    void aTokenThatIsNewHasNoPast() {
        assertArrayEquals(new int[0], draft(4, 1, 2, 3, 4, 5));
    }

    @Test
    void aTextOfOneTokenHasNoPast() {
        assertArrayEquals(new int[0], draft(4, 1));
    }
}
