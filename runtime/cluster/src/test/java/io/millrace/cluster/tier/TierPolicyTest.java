package io.millrace.cluster.tier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import io.millrace.api.Tool;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TierPolicyTest {
    private static final Rules RULES = new Rules(100, 50, 2, false, List.of("prove", "step by step"));

    private static Asked asked(int promptTokens, int maxTokens, int turns, String task) {
        return new Asked(promptTokens, maxTokens, turns, false, task);
    }

    private static Verdict keep(Reason reason) {
        return new Verdict.Keep(reason);
    }

    private static Verdict escalate(Reason reason) {
        return new Verdict.Escalate(reason);
    }

    @Test
    void whatIsShortAndSimpleStays() {
        assertEquals(keep(Reason.SIMPLE), RULES.judge(asked(100, 50, 2, "Why is the sky blue?")));
    }

    @Test
    void eachRuleSendsOn() {
        assertEquals(escalate(Reason.LONG_PROMPT), RULES.judge(asked(101, 1, 1, "")));
        assertEquals(escalate(Reason.LONG_ANSWER), RULES.judge(asked(1, 51, 1, "")));
        assertEquals(escalate(Reason.MANY_TURNS), RULES.judge(asked(1, 1, 3, "")));
        assertEquals(escalate(Reason.KEYWORD), RULES.judge(asked(1, 1, 1, "Prove it: 1 + 1 = 2")));
        assertEquals(escalate(Reason.KEYWORD), RULES.judge(asked(1, 1, 1, "think STEP BY STEP")));
    }

    @Test
    void aChatWithToolsIsSentOnUnlessTheyMayStay() {
        Tool tool = new Tool(Map.of("type", "function", "function", Map.of("name", "weather")));
        List<Message> user = List.of(new Message("user", "Hello"));
        List<Message> called = List.of(new Message("user", "Hello"), new Message("tool", "sunny"));
        for (Prompt chat : List.of(new Prompt.Chat(user, List.of(tool)), new Prompt.Chat(called))) {
            Asked asked = Asked.of(new Request("", chat, SamplingParams.GREEDY, 7, List.of()), 30);
            assertEquals(escalate(Reason.TOOLS), RULES.judge(asked));
            assertEquals(keep(Reason.SIMPLE), new Rules(0, 0, 0, true, List.of()).judge(asked));
        }
    }

    @Test
    void aKeywordIsAWholeWord() {
        assertEquals(keep(Reason.SIMPLE), RULES.judge(asked(1, 1, 1, "How do I improve? Proven ways?")));
        assertEquals(keep(Reason.SIMPLE), new Rules(0, 0, 0, true, List.of("a.b")).judge(asked(1, 1, 1, "axb")));
    }

    @Test
    void aRuleOfZeroIsOff() {
        assertEquals(keep(Reason.SIMPLE), new Rules(0, 0, 0, true, List.of()).judge(asked(9999, 9999, 99, "prove")));
    }

    @Test
    void theFirstTokensDecideWhereTheModelIsHeard() {
        Verdict.Hear hear = (Verdict.Hear) TierPolicy.confidence(2, -1).judge(asked(1, 1, 1, ""));
        assertEquals(keep(Reason.SURE), hear.judge(new float[] {-0.5f, -1.5f}));
        assertEquals(escalate(Reason.UNSURE), hear.judge(new float[] {-0.5f, -1.6f}));
    }

    @Test
    void aModelThatSaidNothingOrHasNoProbabilitiesIsNotSure() {
        Verdict.Hear hear = new Verdict.Hear(2, Double.NEGATIVE_INFINITY);
        assertEquals(escalate(Reason.UNSURE), hear.judge(new float[0]));
        assertEquals(escalate(Reason.UNSURE), hear.judge(new float[] {-1, Float.NaN}));
    }

    @Test
    void theThresholdKeepsAtLeastTheWantedShareAndNoSmallerOneIsNeeded() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            double[] means = random.doubles(1 + random.nextInt(40)).map(x -> -x).toArray();
            Calibration calibration = new Calibration(means);
            double share = 0.01 + 0.99 * random.nextDouble();
            double threshold = calibration.threshold(share);
            double kept = calibration.share(threshold);
            assertEquals(Math.ceil(share * means.length - 1e-9) / means.length, kept, 1e-9);
            assertFalse(calibration.share(Math.nextUp(threshold)) >= share, "a higher one would do");
        }
    }

    @Test
    void aPromptOfUnknownProbabilityIsTheLastToBeKept() {
        Calibration calibration = new Calibration(new double[] {Double.NaN, -3});
        assertEquals(-3, calibration.threshold(0.5));
        assertEquals(Double.NEGATIVE_INFINITY, calibration.threshold(1));
    }

    @Test
    void nothingCannotBeCalibratedBy() {
        assertThrows(IllegalArgumentException.class, () -> new Calibration(new double[0]));
    }

    @Test
    void theTaskIsTheLastThingTheUserSaid() {
        Prompt chat = new Prompt.Chat(List.of(
                new Message("system", "Be brief."),
                new Message("user", "Hello"),
                new Message("assistant", "Hi"),
                new Message("user", "Bye")));
        Asked asked = Asked.of(new Request("", chat, SamplingParams.GREEDY, 7, List.of()), 30);
        assertEquals(new Asked(30, 7, 2, false, "Bye"), asked);
        assertFalse(asked.toString().contains("Bye"), "a prompt could end up in a log");
    }

    @Test
    void aPromptOfIdsHasNoTaskToRead() {
        Request request = new Request("", new Prompt.Tokens(new int[] {1, 2}), SamplingParams.GREEDY, 0, List.of());
        assertEquals(new Asked(2, 0, 1, false, ""), Asked.of(request, 2));
    }
}
