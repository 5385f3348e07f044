package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.engine.StepPlan.Copy;
import io.millrace.engine.StepPlan.Slice;
import java.util.Arrays;
import java.util.Map;

/**
 * One shard's KV cache: a row per slot with a store beside it, and blocks. A cell holds a token and a digest of all that stands
 * before it and of whose it is, and every position that a step reads must hold what the sequence that reads it would have
 * written: as rows where the runner copies, as blocks where it shares in place, in both where it shares nothing.
 */
final class FakeStage {
    private static final long GARBAGE = -2;

    private final SimulationSetup setup;
    private final Map<Long, SequenceSpec> specs;
    private final Cells[] rows;
    private final Cells store;
    private final Cells blocks;
    /** By slot, what the step before drew: all that a runner needs to keep for {@link StepPlan#PENDING}. */
    private int[] drawnBefore;

    private record Cells(int[] tokens, long[] digests) {
        Cells(int size) {
            this(new int[size], new long[size]);
            Arrays.fill(digests, GARBAGE);
        }

        void copy(int at, Cells from, int fromAt) {
            tokens[at] = from.tokens[fromAt];
            digests[at] = from.digests[fromAt];
        }
    }

    /** @param specs of all sequences that ever were */
    FakeStage(SimulationSetup setup, Map<Long, SequenceSpec> specs) {
        this.setup = setup;
        this.specs = specs;
        var limits = setup.limits();
        rows = new Cells[limits.maxBatch()];
        Arrays.setAll(rows, slot -> new Cells(setup.contextTokens()));
        store = new Cells(limits.prefixCacheTokens());
        blocks = new Cells(limits.kvBlocks() * limits.blockTokens());
        drawnBefore = new int[limits.maxBatch()];
    }

    /** One token per draw. */
    int[] run(StepPlan plan) {
        copy(plan);
        int[] drawn = new int[drawnBefore.length];
        Arrays.fill(drawn, Integer.MIN_VALUE);
        int[] result = new int[plan.drawCount()];
        int results = 0;
        for (Slice slice : plan.slices()) {
            int[] tokens = readBefore(slice);
            for (int i = 0; i < slice.tokens().length; i++) {
                int token = slice.tokens()[i];
                tokens[slice.start() + i] = token == StepPlan.PENDING ? drawnBefore[slice.slot()] : token;
            }
            write(slice, tokens);
            if (slice.samples()) {
                checkHistory(slice, tokens);
            }
            for (int i = 0; i < slice.draws(); i++) {
                int token = FakeModel.next(slice.sampling().seed(), tokens, slice.end() - slice.drafted() + i);
                drawn[slice.slot()] = token;
                result[results++] = token;
            }
        }
        drawnBefore = drawn;
        return result;
    }

    /** A step that fails, or whose result nobody will use: it may leave anything where it was to write. */
    void spoil(StepPlan plan) {
        for (Copy copy : plan.copies()) {
            for (int i = 0; i < copy.end() - copy.start(); i++) {
                if (copy.kind() == Copy.Kind.LOAD) {
                    rows[copy.slot()].digests[copy.start() + i] = GARBAGE;
                } else {
                    store.digests[storeCell(copy, i)] = GARBAGE;
                }
            }
        }
        for (Slice slice : plan.slices()) {
            for (int position = slice.start(); position < slice.end(); position++) {
                rows[slice.slot()].digests[position] = GARBAGE;
                blocks.digests[cell(slice, position)] = GARBAGE;
            }
        }
        Arrays.fill(drawnBefore, Integer.MIN_VALUE);
    }

    private void copy(StepPlan plan) {
        for (Copy copy : plan.copies()) {
            for (int i = 0; i < copy.end() - copy.start(); i++) {
                if (copy.kind() == Copy.Kind.LOAD) {
                    rows[copy.slot()].copy(copy.start() + i, store, storeCell(copy, i));
                } else {
                    store.copy(storeCell(copy, i), rows[copy.slot()], copy.start() + i);
                }
            }
        }
    }

    private static int storeCell(Copy copy, int i) {
        return copy.blocks().get(i / KvSharing.COPY_TOKENS) * KvSharing.COPY_TOKENS + i % KvSharing.COPY_TOKENS;
    }

    /** The tokens before the slice, with room for its own. */
    private int[] readBefore(Slice slice) {
        int needed = Math.ceilDiv(slice.end(), setup.limits().blockTokens());
        assertEquals(needed, slice.blocks().length, "blocks of the slice");
        SequenceSpec spec = specs.get(slice.sequence());
        int[] tokens = new int[slice.end()];
        long digest = spec.salt().hashCode();
        for (int position = 0; position < slice.start(); position++) {
            int cell = cell(slice, position);
            Cells row = rows[slice.slot()];
            boolean inPlace = setup.sharing() == KvSharing.IN_PLACE;
            tokens[position] = inPlace ? blocks.tokens[cell] : row.tokens[position];
            digest = next(digest, tokens[position]);
            if (position < spec.tokens().length) {
                assertEquals(spec.tokens()[position], tokens[position], "token of the prompt");
            }
            if (!inPlace) {
                assertEquals(digest, row.digests[position], "what a position in the row stands behind");
            }
            if (setup.sharing() != KvSharing.BY_COPY) {
                assertEquals(digest, blocks.digests[cell], "what a position in a block stands behind");
            }
        }
        return tokens;
    }

    private void write(Slice slice, int[] tokens) {
        long digest = specs.get(slice.sequence()).salt().hashCode();
        for (int position = 0; position < slice.end(); position++) {
            digest = next(digest, tokens[position]);
            if (position >= slice.start()) {
                rows[slice.slot()].tokens[position] = tokens[position];
                rows[slice.slot()].digests[position] = digest;
                blocks.tokens[cell(slice, position)] = tokens[position];
                blocks.digests[cell(slice, position)] = digest;
            }
        }
    }

    private static long next(long digest, int token) {
        long mixed = (digest ^ (token + 1)) * 0x9E3779B97F4A7C15L;
        return mixed ^ mixed >>> 29;
    }

    private int cell(Slice slice, int position) {
        int blockTokens = setup.limits().blockTokens();
        return slice.blocks()[position / blockTokens] * blockTokens + position % blockTokens;
    }

    private void checkHistory(Slice slice, int[] tokens) {
        if (!slice.sampling().needsHistory()) {
            assertEquals(0, slice.history().length, "history that nobody needs");
            return;
        }
        int known = slice.end() - slice.drafted() - (slice.tokens()[0] == StepPlan.PENDING ? 1 : 0);
        assertEquals(known, slice.history().length, "known tokens");
        for (int i = 0; i < known; i++) {
            assertEquals(tokens[i], slice.history()[i], "token of the history");
        }
    }
}
