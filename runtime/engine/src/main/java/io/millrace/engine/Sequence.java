package io.millrace.engine;

import io.millrace.api.SamplingParams;
import io.millrace.api.Usage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One generation's tokens, and how far they are computed. Its life cycle stands in the package's page.
 *
 * <p>{@code tokens[0, length)} are known: prompt, then output. {@code computed} positions are in the cache or being
 * written by steps in flight; {@code pending} tokens are being drawn by steps in flight. What is known and not computed
 * is work, whether it is a new prompt, the last token, or a text that lost its cache.
 */
final class Sequence {
    static final int NO_SLOT = -1;
    private static final long NO_STEP = Long.MIN_VALUE;

    /** See the package's page. */
    enum State {
        WAITING,
        RUNNING,
        STALLED,
        PARKED,
        ENDED
    }

    private static final int[] PENDING_TOKEN = {StepPlan.PENDING};
    private static final int[] NO_HISTORY = {};

    final long id;
    private final int promptLength;
    private final int maxLength;
    private final SamplingParams sampling;
    private final int[] endTokens;
    private final String salt;
    /** Of the first whole blocks of {@link #tokens}, as far as they were asked for. */
    private final List<BlockKey> keys = new ArrayList<>();

    private int[] tokens;
    private int length;
    private int computed;
    /** Most that was ever computed or skipped; what is skipped below it may be this sequence's own, from before a set-back. */
    private int reached;
    /** Tokens of the prompt that were skipped when they were first reached. */
    private int cached;

    private int pending;
    private int stepsInFlight;
    /** Step that it was planned in last. */
    private long lastStep = NO_STEP;

    State state = State.WAITING;
    /** Row and blocks of the KV cache: the {@link KvLedger}'s to change. */
    int slot = NO_SLOT;

    int[] blocks = {};
    /** Nanoseconds; of use while STALLED. */
    long stalledSince;
    /** Steps that failed in a row with this sequence in them. */
    int failures;
    /** Tokens in a row, up to the last one, that were guessed right: {@link Speculation}'s to change. */
    int foretold;

    Sequence(long id, SequenceSpec spec, int contextTokens) {
        this.id = id;
        promptLength = spec.tokens().length - spec.generated();
        sampling = spec.sampling();
        endTokens = spec.endTokens();
        salt = spec.salt();
        tokens = spec.tokens();
        length = tokens.length;
        // The last token is drawn from the context's last position and needs none itself.
        int most = contextTokens + 1;
        maxLength = spec.maxTokens() == 0 ? most : (int) Math.min(most, (long) promptLength + spec.maxTokens());
    }

    int length() {
        return length;
    }

    int computed() {
        return computed;
    }

    int cached() {
        return cached;
    }

    boolean resident() {
        return slot != NO_SLOT;
    }

    boolean inFlight() {
        return stepsInFlight > 0;
    }

    boolean full() {
        return length == maxLength;
    }

    Usage usage() {
        return new Usage(promptLength, length - promptLength, cached);
    }

    /** Number of the last token of output, from 1. */
    int outputNumber() {
        return length - promptLength;
    }

    boolean endsWith(int token) {
        for (int end : endTokens) {
            if (end == token) {
                return true;
            }
        }
        return false;
    }

    /**
     * How many tokens {@code step} could feed.
     *
     * <p>One that is still being drawn counts only where the runner feeds it back, it was drawn by the step directly
     * before, and it is not sure to be the last.
     */
    int ready(long step, boolean feedsBack) {
        if (computed < length) {
            return length - computed;
        }
        boolean fed = feedsBack && pending == 1 && computed == length && lastStep == step - 1;
        return fed && length + 1 < maxLength ? 1 : 0;
    }

    /** How many tokens may be guessed at most: the one behind them is the last that it may have. */
    int draftRoom() {
        return maxLength - length - 1;
    }

    /** {@link DraftSource#draft} of what is known. */
    int[] draft(DraftSource source, int most) {
        return source.draft(tokens, length, most);
    }

    /** Feeds the next {@code count} tokens to {@code step}; blocks must be reserved. */
    StepPlan.Slice advance(long step, int count) {
        boolean fedBack = computed == length;
        int[] fed = fedBack ? PENDING_TOKEN : Arrays.copyOfRange(tokens, computed, computed + count);
        return advance(step, fed, computed + count >= length ? 1 : 0);
    }

    /** Feeds the last token and guesses about those that follow; blocks must be reserved for all. */
    StepPlan.Slice advance(long step, int[] drafts) {
        int[] fed = new int[1 + drafts.length];
        fed[0] = tokens[length - 1];
        System.arraycopy(drafts, 0, fed, 1, drafts.length);
        return advance(step, fed, fed.length);
    }

    private StepPlan.Slice advance(long step, int[] fed, int draws) {
        int[] history = draws > 0 && sampling.needsHistory() ? Arrays.copyOf(tokens, length) : NO_HISTORY;
        var slice = new StepPlan.Slice(id, slot, computed, fed, blocks, draws, sampling, history, promptLength);
        computed += fed.length;
        reached = Math.max(reached, computed);
        pending += draws > 0 ? 1 : 0;
        stepsInFlight++;
        lastStep = step;
        return slice;
    }

    /** The next {@code count} positions are in the cache, and were computed for others. */
    void skip(int count) {
        computed += count;
        cached += Math.max(0, Math.min(computed, promptLength) - Math.max(reached, computed - count));
        reached = Math.max(reached, computed);
    }

    /** Key of block {@code index}, of {@code blockTokens} tokens, always the same number; the block's tokens must be known. */
    BlockKey key(int index, int blockTokens) {
        while (keys.size() <= index) {
            BlockKey before = keys.isEmpty() ? BlockKey.ofSalt(salt) : keys.getLast();
            keys.add(before.next(tokens, keys.size() * blockTokens, blockTokens));
        }
        return keys.get(index);
    }

    /** Key of what stands before block {@code index}: of the block before it, or of nothing but the salt. */
    BlockKey keyBefore(int index, int blockTokens) {
        return index == 0 ? BlockKey.ofSalt(salt) : key(index - 1, blockTokens);
    }

    /** The known tokens from {@code from} on, {@code most} or as many as there are. */
    int[] text(int from, int most) {
        return Arrays.copyOfRange(tokens, from, Math.min(length, from + most));
    }

    /** A step that held {@code slice} is over, run or rolled back. */
    void landed(StepPlan.Slice slice) {
        stepsInFlight--;
        pending -= slice.samples() ? 1 : 0;
    }

    /** Takes back what is computed from {@code position} on; nothing is fed back across the gap that this leaves. */
    void rewind(int position) {
        computed = position;
        lastStep = NO_STEP;
    }

    void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.min(maxLength, length + Math.max(64, length / 2)));
        }
        tokens[length++] = token;
    }
}
