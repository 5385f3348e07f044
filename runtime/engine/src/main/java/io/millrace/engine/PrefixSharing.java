package io.millrace.engine;

import io.millrace.engine.StepPlan.Copy;
import java.util.List;

/**
 * How sequences that begin alike share what is computed, on one kind of runner: in blocks of {@link #unit} tokens, which are known
 * when they are whole.
 */
interface PrefixSharing {

    /** Tokens of a block. */
    int unit();

    /** Whether anything can ever be known. */
    boolean on();

    /** How many of the blocks {@code from} to {@code to} of {@code sequence} are known, up to the first that is not. */
    int known(Sequence sequence, int from, int to);

    /** Of the blocks that are known from the first on, how many somebody holds, so that sharing them takes no free one. */
    int held(Sequence sequence, int to);

    /**
     * Gives a resident the blocks {@code from} to {@code to}, all known and the first not computed.
     *
     * @return false where {@code kv} has no room for them
     */
    boolean adopt(Sequence sequence, int from, int to, KvLedger kv);

    /**
     * Gives a resident the beginning of block {@code index}, of which nothing is computed and which is not known, out of one that
     * begins alike behind the same text.
     *
     * @param most tokens to be given
     * @return how many were; 0 where nothing begins alike, where {@code kv} has no room, or where blocks are shared whole only
     */
    int adoptPart(Sequence sequence, int index, int most, KvLedger kv);

    /** Blocks {@code from} to {@code to} of a resident are computed, and stay as they are for as long as it is resident. */
    void computed(Sequence sequence, int from, int to);

    /** What the next step has to copy; nothing is asked for twice. */
    List<Copy> takeCopies();

    /** Steps were rolled back, and what they were to copy may not have been copied. */
    void rolledBack();

    /** The cache may hold anything: a stage of the model was lost. */
    void forget();

    /** Blocks that are known. */
    int size();

    /** How often a known block made room for another one, ever. */
    long evictions();
}
