package io.millrace.engine;

import static io.millrace.engine.Bench.words;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.api.SamplingParams;
import io.millrace.engine.StepPlan.Copy;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who shares what with whom. Prompts are 1, 2, 3 and so on, and 4 tokens are a block where blocks are shared in place. */
class PrefixCachingTest {
    private final Bench inPlace = bench(KvSharing.IN_PLACE, "stepsInFlight", 1);
    private final Bench byCopy = bench(KvSharing.BY_COPY, "stepsInFlight", 1);

    private static Bench bench(KvSharing sharing, Object... limits) {
        Object[] all = Arrays.copyOf(limits, limits.length + 4);
        all[limits.length] = "blockTokens";
        all[limits.length + 1] = 4;
        all[limits.length + 2] = "kvBlocks";
        all[limits.length + 3] = 1000;
        return new Bench(true, PromptPace.of(Integer.MAX_VALUE), 1, sharing, TestLimits.with(all));
    }

    @Test
    void aSecondPromptIsComputedFromWhereItLeavesTheFirst() {
        inPlace.submit(11, 9);
        assertEquals("0@0:0+11!", words(inPlace.step()));
        inPlace.submit(10, 9);
        assertEquals("0@0:11+1! 1@1:8+2!", words(inPlace.step()));
    }

    @Test
    void whatIsSharedInPlaceIsTheSameBlocksAndTheRestIsNot() {
        inPlace.submit(11, 9);
        int[] first = inPlace.step().slices().getFirst().blocks();
        inPlace.submit(11, 9);
        int[] second = inPlace.step().slices().getLast().blocks();
        assertArrayEquals(Arrays.copyOf(first, 2), Arrays.copyOf(second, 2));
        assertEquals(false, first[2] == second[2]);
    }

    @Test
    void theLastTokenOfAPromptIsAlwaysComputed() {
        inPlace.submit(8, 9);
        inPlace.step();
        inPlace.submit(8, 9);
        assertEquals("0@0:8+1! 1@1:4+4!", words(inPlace.step()));
    }

    @Test
    void whatASequenceLeavesBehindIsFoundByLaterOnes() {
        inPlace.submit(9, 1);
        inPlace.step();
        assertEquals(0, inPlace.scheduler.activeCount());
        inPlace.submit(9, 1);
        assertEquals("1@0:8+1!", words(inPlace.step()));
        assertEquals(new PrefixCacheUse(18, 8, 0, 8), inPlace.scheduler.prefixCache());
    }

    @Test
    void nothingIsKnownOfACacheThatWasLost() {
        for (Bench bench : List.of(inPlace, byCopy)) {
            bench.submit(40, 9);
            bench.step();
            bench.step();
            bench.scheduler.endAll(Rejection.of(ErrorCode.UNAVAILABLE, "a stage is lost"));
            assertEquals(0, bench.scheduler.prefixCache().tokens());
            bench.submit(40, 9);
            assertEquals("1@0:0+40!", words(bench.step()));
        }
    }

    @Test
    void outputIsSharedLikeAPrompt() {
        inPlace.submit(3, 6);
        for (int i = 0; i < 6; i++) {
            inPlace.step();
        }
        submit(inPlace, "", 1, 2, 3, 7, 7, 7, 7, 7, 8);
        assertEquals("1@0:8+1!", words(inPlace.step()));
    }

    @Test
    void anotherTenantSharesNothing() {
        for (Bench bench : List.of(inPlace, byCopy)) {
            int[] prompt = IntStream.range(0, 40).toArray();
            submit(bench, "ann", prompt.clone());
            bench.step();
            submit(bench, "bob", prompt.clone());
            submit(bench, "ann", prompt.clone());
            int saved = bench == inPlace ? 36 : 32;
            assertEquals("0@0:40+1! 1@1:0+40! 2@2:" + saved + "+" + (40 - saved) + "!", words(bench.step()));
        }
    }

    @Test
    void whoeverBeginsAlikeWaitsForTheStepThatComputesIt() {
        Bench ahead = bench(KvSharing.IN_PLACE, "stepsInFlight", 2);
        ahead.submit(9, 9);
        ahead.submit(10, 9);
        submit(ahead, "", 5, 6, 7, 8, 9);
        StepPlan first = ahead.plan();
        assertEquals("0@0:0+9! 2@2:0+5!", words(first));
        StepPlan second = ahead.plan();
        assertEquals("0@0:9+1! 2@2:5+1!", words(second));
        ahead.commit(first);
        assertEquals("0@0:10+1! 2@2:6+1! 1@1:8+2!", words(ahead.plan()));
    }

    @Test
    void whereTheStepThatComputesItFailsNobodyBuildsOnIt() {
        Bench ahead = bench(KvSharing.IN_PLACE, "stepsInFlight", 2);
        ahead.submit(9, 9);
        ahead.submit(10, 9);
        StepPlan first = ahead.plan();
        ahead.scheduler.fail(first.id(), StepException.Kind.RETRYABLE);
        assertEquals("0@0:0+9!", words(ahead.step()));
        assertEquals("0@0:9+1! 1@1:8+2!", words(ahead.step()));
    }

    @Test
    void rowsAreSavedWhenTheirStepIsCommittedAndLoadedWhereTheyAreNeeded() {
        byCopy.submit(40, 9);
        assertEquals(List.of(), byCopy.step().copies());
        byCopy.submit(40, 9);
        StepPlan plan = byCopy.step();
        assertEquals("0@0:40+1! 1@1:32+8!", words(plan));
        assertEquals(
                List.of(
                        new Copy(Copy.Kind.SAVE, 0, 0, List.of(0)),
                        new Copy(Copy.Kind.SAVE, 0, 16, List.of(1)),
                        new Copy(Copy.Kind.LOAD, 1, 0, List.of(0, 1))),
                plan.copies());
        assertEquals(List.of(), byCopy.step().copies());
    }

    @Test
    void theBeginningOfABlockIsLoadedWhereTheRestIsAnotherText() {
        submit(byCopy, "", text(30, 50));
        byCopy.step();
        submit(byCopy, "", text(30, 60));
        StepPlan plan = byCopy.step();
        assertEquals("0@0:50+1! 1@1:30+30!", words(plan));
        assertEquals(
                List.of(new Copy(Copy.Kind.LOAD, 1, 0, List.of(0)), new Copy(Copy.Kind.LOAD, 1, 16, List.of(1))),
                plan.copies().subList(3, 5));
        assertEquals(new PrefixCacheUse(110, 30, 0, 80), byCopy.scheduler.prefixCache());
    }

    @Test
    void ofSeveralBlocksTheOneThatBeginsMostAlikeIsLoaded() {
        for (int common : new int[] {20, 27, 24}) {
            submit(byCopy, "", text(common, 40));
            byCopy.step();
        }
        submit(byCopy, "", text(26, 41));
        assertEquals("0@0:42+1! 1@1:41+1! 2@2:40+1! 3@3:26+15!", words(byCopy.step()));
    }

    @Test
    void theBeginningOfABlockIsNobodyElsesEither() {
        submit(byCopy, "ann", text(10, 40));
        byCopy.step();
        submit(byCopy, "bob", text(10, 41));
        submit(byCopy, "ann", text(10, 42));
        assertEquals("0@0:40+1! 1@1:0+41! 2@2:10+32!", words(byCopy.step()));
    }

    @Test
    void theLastTokenIsComputedWhereABlockBeginsWithAllOfThem() {
        submit(byCopy, "", text(40, 40));
        byCopy.step();
        submit(byCopy, "", text(30, 30));
        assertEquals("0@0:40+1! 1@1:29+1!", words(byCopy.step()));
    }

    @Test
    void whoeverBeginsAlikeWaitsForTheWholeBlockRatherThanTakeItsBeginning() {
        submit(byCopy, "", text(10, 40));
        byCopy.step();
        submit(byCopy, "", text(20, 60));
        submit(byCopy, "", text(20, 60));
        assertEquals("0@0:40+1! 1@1:10+50!", words(byCopy.step()));
        assertEquals("0@0:41+1! 1@1:60+1! 2@2:48+12!", words(byCopy.step()));
    }

    @Test
    void theBeginningOfABlockThatIsGoneIsNotLoaded() {
        Bench bench = bench(KvSharing.BY_COPY, "stepsInFlight", 1, "prefixCacheTokens", 16);
        submit(bench, "", text(10, 20));
        bench.step();
        bench.scheduler.cancel(0);
        submit(bench, "bob", text(10, 20));
        bench.step();
        bench.scheduler.cancel(1);
        submit(bench, "", text(10, 21));
        assertEquals("2@0:0+21!", words(bench.step()));
    }

    @Test
    void theBeginningThatMayNotHaveBeenLoadedIsNotBuiltOn() {
        submit(byCopy, "", text(10, 40));
        byCopy.step();
        submit(byCopy, "", text(10, 41));
        byCopy.scheduler.fail(byCopy.plan().id(), StepException.Kind.RETRYABLE);
        assertEquals("0@0:40+1! 1@1:0+41!", words(byCopy.step()));
    }

    @Test
    void aSequenceSaysHowMuchOfItsPromptWasCached() {
        for (Bench bench : List.of(inPlace, byCopy)) {
            bench.submit(40, 1);
            assertEquals(0, bench.commit(bench.plan()).getFirst().cachedTokens());
            bench.submit(40, 1);
            int saved = bench == inPlace ? 36 : 32;
            List<SequenceEvent> events = bench.commit(bench.plan());
            assertEquals(
                    List.of(saved, saved),
                    events.stream().map(SequenceEvent::cachedTokens).toList());
        }
    }

    @Test
    void whatASequenceFindsOfItselfAfterASetBackWasNotCachedForIt() {
        byCopy.submit(40, 9);
        byCopy.step();
        byCopy.scheduler.park(0);
        byCopy.scheduler.unpark(0);
        StepPlan again = byCopy.plan();
        assertEquals("0@0:32+9!", words(again));
        assertEquals(0, byCopy.commit(again).getFirst().cachedTokens());
    }

    @Test
    void outputThatWasCachedIsNotCountedAsPrompt() {
        byCopy.submit(40, 1);
        byCopy.step();
        int[] tokens = IntStream.rangeClosed(1, 41).toArray();
        byCopy.scheduler.submit(new SequenceSpec(tokens, 20, 30, SamplingParams.GREEDY, "", Bench.END), 0);
        StepPlan plan = byCopy.plan();
        assertEquals("1@0:32+9!", words(plan));
        assertEquals(21, byCopy.commit(plan).getFirst().cachedTokens());
    }

    @Test
    void aLoadThatMayNotHaveRunIsNotBuiltOn() {
        byCopy.submit(40, 9);
        byCopy.step();
        byCopy.submit(40, 9);
        byCopy.scheduler.fail(byCopy.plan().id(), StepException.Kind.RETRYABLE);
        StepPlan again = byCopy.plan();
        assertEquals("0@0:40+1! 1@1:0+40!", words(again));
        assertEquals(List.of(), again.copies());
    }

    @Test
    void aStoreThatIsFullKeepsTheBeginningsUsedLast() {
        Bench bench = bench(KvSharing.BY_COPY, "stepsInFlight", 1, "prefixCacheTokens", 32);
        submit(bench, "ann", IntStream.range(0, 33).toArray());
        bench.step();
        bench.scheduler.cancel(0);
        submit(bench, "bob", IntStream.range(0, 17).toArray());
        bench.step();
        bench.scheduler.cancel(1);
        submit(bench, "ann", IntStream.range(0, 33).toArray());
        assertEquals("2@0:16+17!", words(bench.step()));
    }

    @Test
    void withoutAPrefixCacheEverythingIsComputed() {
        for (KvSharing sharing : KvSharing.values()) {
            Bench bench = bench(sharing, "stepsInFlight", 1, "prefixCacheTokens", 0);
            bench.submit(40, 1);
            bench.step();
            bench.submit(40, 1);
            assertEquals("1@0:0+40!", words(bench.step()));
            assertEquals(new PrefixCacheUse(80, 0, 0, 0), bench.scheduler.prefixCache());
        }
    }

    /** {@code length} tokens, of which the first {@code common} are those of all texts and the rest of this one alone. */
    private static int[] text(int common, int length) {
        return IntStream.range(0, length)
                .map(i -> i < common ? i : 1000 * common + 100 * length + i)
                .toArray();
    }

    private static void submit(Bench bench, String salt, int... prompt) {
        SequenceSpec spec = new SequenceSpec(prompt, 9, SamplingParams.GREEDY, Bench.END);
        bench.scheduler.submit(spec.salted(salt), 0);
    }
}
