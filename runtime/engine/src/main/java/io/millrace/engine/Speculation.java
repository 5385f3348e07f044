package io.millrace.engine;

import io.millrace.api.Limits;
import io.millrace.engine.StepPlan.Slice;

/**
 * Whose next tokens are guessed, and how many.
 *
 * <p>Every token that is drawn is held against what the source would have guessed, whether that was computed or not; so it costs
 * the model nothing to learn where a text can be foretold. As many tokens are guessed ahead as were foretold in a row, and none
 * after one that was not.
 *
 * <p>A sequence that is guessed for is not fed its token back ({@link StepPlan#PENDING}): a guess needs all that stands before it.
 * It has one step in flight at most, for as long as its guesses come true.
 */
final class Speculation {
    private static final int[] NO_DRAFTS = {};

    private final Limits limits;
    private final DraftSource source;
    private final Roster roster;
    private long drafted;
    private long accepted;

    Speculation(Limits limits, DraftSource source, Roster roster) {
        this.limits = limits;
        this.source = source;
        this.roster = roster;
    }

    /** Among many sequences a guess takes the place of somebody's token; and who waits is to get the rows that guesses take. */
    boolean on() {
        return limits.draftTokens() > 0
                && source != DraftSource.NONE
                && roster.waiting().isEmpty()
                && roster.residents().size() <= limits.draftSequences();
    }

    /** Whether tokens are to be guessed for {@code sequence} as soon as its last one is known. */
    boolean expects(Sequence sequence) {
        return sequence.foretold > 0 && on();
    }

    /** Guesses for a sequence that lacks its last token only; no more than {@code most}. */
    int[] drafts(Sequence sequence, int most) {
        int room = Math.min(Math.min(most, sequence.draftRoom()), limits.draftTokens());
        int count = Math.min(room, sequence.foretold);
        boolean known = sequence.computed() == sequence.length() - 1 && !sequence.inFlight();
        return known && count > 0 && on() ? sequence.draft(source, count) : NO_DRAFTS;
    }

    /**
     * Draw number {@code index} of a slice is {@code token}, which is to be appended next.
     *
     * @return whether the slice's next draw means something
     */
    boolean drawn(Sequence sequence, Slice slice, int index, int token) {
        boolean guessed = index < slice.drafted();
        boolean right = guessed ? slice.draft(index) == token : on() && foretells(sequence, token);
        sequence.foretold = right ? sequence.foretold + 1 : 0;
        accepted += guessed && right ? 1 : 0;
        return guessed && right;
    }

    private boolean foretells(Sequence sequence, int token) {
        int[] guess = sequence.draft(source, 1);
        return guess.length > 0 && guess[0] == token;
    }

    /** A step with {@code slice} has run. */
    void landed(Slice slice) {
        drafted += slice.drafted();
    }

    DraftUse use() {
        return new DraftUse(drafted, accepted);
    }
}
