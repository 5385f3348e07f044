package io.millrace.engine;

import io.millrace.engine.BlocksByText.Beginning;
import io.millrace.engine.StepPlan.Copy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@link KvSharing#BY_COPY}: a store of blocks beside the rows. Rows are copied to it as they grow, and out of it when a
 * sequence begins.
 *
 * <p>Nobody holds a block of the store for longer than a call: every stage copies in the order in which it was decided here, so
 * that a block is read before it is written anew. For the same reason a row may be given away before it was saved: the copy
 * comes before the new owner's step.
 */
final class BlocksByCopy implements PrefixSharing {
    private static final int UNIT = KvSharing.COPY_TOKENS;

    private BlockPool store;
    private BlocksByText texts;
    private List<Copy> copies = new ArrayList<>();
    private long evictionsBefore;

    /** @param blocks of the store; without any nothing is shared */
    BlocksByCopy(int blocks) {
        store = new BlockPool(blocks);
        texts = new BlocksByText(blocks);
    }

    @Override
    public int unit() {
        return UNIT;
    }

    @Override
    public boolean on() {
        return store.size() > 0;
    }

    @Override
    public int known(Sequence sequence, int from, int to) {
        int at = from;
        while (at < to && store.cache().find(sequence.key(at, UNIT)).isPresent()) {
            at++;
        }
        return at - from;
    }

    /** Rows are nobody else's. */
    @Override
    public int held(Sequence sequence, int to) {
        return 0;
    }

    @Override
    public boolean adopt(Sequence sequence, int from, int to, KvLedger kv) {
        if (!kv.reserve(sequence, to * UNIT)) {
            return false;
        }
        List<Integer> held = new ArrayList<>();
        List<Integer> loaded = new ArrayList<>();
        for (int i = 0; i < to; i++) {
            OptionalInt block = store.share(sequence.key(i, UNIT));
            block.ifPresent(held::add);
            if (i >= from) {
                loaded.add(block.orElseThrow());
            }
        }
        copies.add(new Copy(Copy.Kind.LOAD, sequence.slot, from * UNIT, loaded));
        giveBack(held);
        return true;
    }

    /** The whole block is copied: what of it is another text is written over as the row grows, and read by nobody before. */
    @Override
    public int adoptPart(Sequence sequence, int index, int most, KvLedger kv) {
        int at = index * UNIT;
        Optional<Beginning> found = texts.mostAlike(sequence.keyBefore(index, UNIT), sequence.text(at, most));
        if (found.isEmpty() || !kv.reserve(sequence, at + found.get().tokens())) {
            return 0;
        }
        int block = store.share(found.get().key()).orElseThrow();
        copies.add(new Copy(Copy.Kind.LOAD, sequence.slot, at, List.of(block)));
        store.give(block);
        return found.get().tokens();
    }

    /** Saves what is not known of the sequence up to block {@code to}, from its start: some of it may have been evicted. */
    @Override
    public void computed(Sequence sequence, int from, int to) {
        List<Integer> held = new ArrayList<>();
        for (int i = 0; i < to; i++) {
            OptionalInt known = store.share(sequence.key(i, UNIT));
            if (known.isEmpty() && store.free() == 0) {
                break; // the rest of this sequence would displace its own beginning
            }
            held.add(known.orElseGet(store::take));
            if (known.isEmpty()) {
                save(sequence, i, held.getLast());
            }
        }
        giveBack(held);
    }

    private void save(Sequence sequence, int index, int block) {
        BlockKey key = sequence.key(index, UNIT);
        store.name(block, key);
        texts.put(block, key, sequence.keyBefore(index, UNIT), sequence.text(index * UNIT, UNIT));
        copies.add(new Copy(Copy.Kind.SAVE, sequence.slot, index * UNIT, List.of(block)));
    }

    /** From the end, so that a prefix loses its tail first. */
    private void giveBack(List<Integer> held) {
        held.reversed().forEach(store::give);
    }

    @Override
    public List<Copy> takeCopies() {
        List<Copy> taken = copies;
        copies = new ArrayList<>();
        return taken;
    }

    @Override
    public void rolledBack() {
        evictionsBefore = evictions();
        store = new BlockPool(store.size());
        texts = new BlocksByText(store.size());
        copies.clear();
    }

    @Override
    public void forget() {
        rolledBack();
    }

    @Override
    public int size() {
        return store.cache().size();
    }

    @Override
    public long evictions() {
        return evictionsBefore + store.cache().evictions();
    }
}
