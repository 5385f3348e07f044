package io.millrace.ort.paged;

import io.millrace.api.SamplingParams;
import io.millrace.engine.StepPlan;
import io.millrace.ort.device.SampleRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A plan's slices packed one behind the other. Pure.
 *
 * <p>What fills a step up to a size that was prepared are <em>fillers</em>: sequences without a past, of the token 0, that
 * write into the scratch block and whose result nobody reads.
 *
 * @param tokens     {@code [T]}, {@link StepPlan#PENDING} among them
 * @param slots      {@code [T]}: the slot of each token's sequence
 * @param cumulative {@code [B + 1]}
 * @param past       {@code [B]}
 * @param blockTable {@code [B, width]}
 * @param width      blocks that a sequence has at most
 * @param logitRows  {@code [R]}, never empty: the tokens that get logits
 * @param rows       {@code R}, how each is sampled
 * @param history    tokens in the rows' histories, over all
 * @param mostTokens of one sequence in this step
 * @param mostPositions of one sequence after this step
 */
record PackedStep(
        int[] tokens,
        int[] slots,
        int[] cumulative,
        int[] past,
        int[] blockTable,
        int width,
        long[] logitRows,
        List<SampleRow> rows,
        int history,
        int mostTokens,
        int mostPositions) {

    private static final int[] NONE = {};
    private static final SampleRow FILLER_ROW =
            new SampleRow(SamplingParams.GREEDY, 0, SampleRow.FILLER, NONE, 0, false);

    int sequences() {
        return past.length;
    }

    int tokenCount() {
        return tokens.length;
    }

    int rowCount() {
        return logitRows.length;
    }

    /** As it is; where no slice samples, the first token gets logits that nobody reads, since no part may be empty. */
    static PackedStep of(StepPlan plan, int width, int scratch) {
        return of(plan, width, scratch, 0);
    }

    /** Filled up to a multiple of {@code granule} tokens by one filler, so that the number of tokens takes few values. */
    static PackedStep rounded(StepPlan plan, int width, int scratch, int granule) {
        return of(plan, width, scratch, Math.floorMod(-plan.tokenCount(), granule));
    }

    private static PackedStep of(StepPlan plan, int width, int scratch, int fill) {
        Builder builder =
                new Builder(plan.tokenCount() + fill, plan.slices().size() + (fill > 0 ? 1 : 0), width, scratch);
        for (StepPlan.Slice slice : plan.slices()) {
            builder.add(slice);
            for (int draw = 0; draw < slice.draws(); draw++) {
                builder.sample(row(slice, draw), slice.drafted() - draw);
            }
        }
        if (fill > 0) {
            builder.fill(fill);
        }
        if (builder.rows.isEmpty()) {
            builder.sample(FILLER_ROW, 0);
        }
        return builder.build();
    }

    /** {@code count} tokens in fillers of at most {@code positions}, for trying a size out. */
    static PackedStep fillers(int count, int positions, int width, int scratch) {
        Builder builder = new Builder(count, Math.ceilDiv(count, positions), width, scratch);
        for (int left = count; left > 0; left -= positions) {
            builder.fill(Math.min(left, positions));
        }
        builder.sample(FILLER_ROW, 0);
        return builder.build();
    }

    /** Decode rows only, each with logits, filled up to {@code bucket} sequences. */
    static PackedStep bucket(StepPlan plan, int width, int scratch, int bucket) {
        Builder builder = new Builder(bucket, bucket, width, scratch);
        for (StepPlan.Slice slice : plan.slices()) {
            builder.add(slice);
            builder.sample(slice.samples() ? row(slice, 0) : FILLER_ROW, 0);
        }
        for (int i = plan.slices().size(); i < bucket; i++) {
            builder.fill(1);
            builder.sample(FILLER_ROW, 0);
        }
        return builder.build();
    }

    private static SampleRow row(StepPlan.Slice slice, int draw) {
        int[] tokens = slice.tokens();
        boolean pending = tokens[tokens.length - 1] == StepPlan.PENDING
                && slice.sampling().needsHistory();
        return new SampleRow(
                slice.sampling(),
                slice.end() - slice.drafted() + draw,
                slice.slot(),
                slice.historyOf(draw),
                slice.promptLength(),
                pending);
    }

    private static final class Builder {
        private final int[] tokens;
        private final int[] slots;
        private final int[] cumulative;
        private final int[] past;
        private final int[] table;
        private final int width;
        private final int scratch;
        private final List<Long> logitRows = new ArrayList<>();
        private final List<SampleRow> rows = new ArrayList<>();
        private int sequence;
        private int token;
        private int mostTokens;
        private int mostPositions;

        Builder(int tokens, int sequences, int width, int scratch) {
            this.tokens = new int[tokens];
            this.slots = new int[tokens];
            this.cumulative = new int[sequences + 1];
            this.past = new int[sequences];
            this.table = new int[sequences * width];
            this.width = width;
            this.scratch = scratch;
        }

        void add(StepPlan.Slice slice) {
            System.arraycopy(slice.tokens(), 0, tokens, token, slice.tokens().length);
            Arrays.fill(slots, token, token + slice.tokens().length, slice.slot());
            System.arraycopy(slice.blocks(), 0, table, sequence * width, slice.blocks().length);
            Arrays.fill(table, sequence * width + slice.blocks().length, (sequence + 1) * width, scratch);
            next(slice.start(), slice.tokens().length);
        }

        void fill(int count) {
            Arrays.fill(table, sequence * width, (sequence + 1) * width, scratch);
            next(0, count);
        }

        private void next(int start, int count) {
            past[sequence++] = start;
            token += count;
            cumulative[sequence] = token;
            mostTokens = Math.max(mostTokens, count);
            mostPositions = Math.max(mostPositions, start + count);
        }

        /** The last token added, or one that stands {@code before} it. */
        void sample(SampleRow row, int before) {
            logitRows.add(token - 1L - before);
            rows.add(row);
        }

        PackedStep build() {
            return new PackedStep(
                    tokens,
                    slots,
                    cumulative,
                    past,
                    table,
                    width,
                    logitRows.stream().mapToLong(Long::longValue).toArray(),
                    List.copyOf(rows),
                    rows.stream().mapToInt(row -> row.history().length).sum(),
                    mostTokens,
                    mostPositions);
        }
    }
}
