package io.millrace.cluster.tier;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Keeps what is short and simple: the first rule that is broken sends a request to the center. */
public final class Rules implements TierPolicy {
    private final int maxPromptTokens;
    private final int maxAnswerTokens;
    private final int maxTurns;
    private final boolean keepsTools;
    private final Optional<Pattern> keywords;

    /**
     * @param maxPromptTokens 0: any, as of the two others
     * @param maxAnswerTokens that a client may ask for; one that does not say how many is not sent on by this
     * @param keepsTools      whether chats with tools may stay
     * @param keywords        words of tasks that the light model is not up to, in any case; none of them may be empty
     */
    public Rules(int maxPromptTokens, int maxAnswerTokens, int maxTurns, boolean keepsTools, List<String> keywords) {
        this.maxPromptTokens = maxPromptTokens;
        this.maxAnswerTokens = maxAnswerTokens;
        this.maxTurns = maxTurns;
        this.keepsTools = keepsTools;
        this.keywords = keywords.isEmpty() ? Optional.empty() : Optional.of(anyOf(keywords));
    }

    @Override
    public Verdict judge(Asked asked) {
        if (exceeds(asked.promptTokens(), maxPromptTokens)) {
            return new Verdict.Escalate(Reason.LONG_PROMPT);
        }
        if (exceeds(asked.maxTokens(), maxAnswerTokens)) {
            return new Verdict.Escalate(Reason.LONG_ANSWER);
        }
        if (exceeds(asked.turns(), maxTurns)) {
            return new Verdict.Escalate(Reason.MANY_TURNS);
        }
        if (asked.tools() && !keepsTools) {
            return new Verdict.Escalate(Reason.TOOLS);
        }
        boolean named =
                keywords.filter(words -> words.matcher(asked.task()).find()).isPresent();
        return named ? new Verdict.Escalate(Reason.KEYWORD) : new Verdict.Keep(Reason.SIMPLE);
    }

    private static boolean exceeds(int value, int most) {
        return most > 0 && value > most;
    }

    /** Whole words: not {@code prove} in {@code improve}. */
    private static Pattern anyOf(List<String> words) {
        String any = words.stream().map(Pattern::quote).collect(Collectors.joining("|"));
        return Pattern.compile(
                "(?<![\\p{L}\\p{N}])(?:" + any + ")(?![\\p{L}\\p{N}])",
                Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    }
}
