package io.millrace.engine;

import io.millrace.engine.StepPlan.Copy;
import java.util.List;

/** How sequences that begin alike share what is computed, on one kind of runner: in whole blocks of {@link #unit} tokens. */
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
