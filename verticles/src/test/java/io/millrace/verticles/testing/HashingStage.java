package io.millrace.verticles.testing;

import io.millrace.engine.KvSharing;
import io.millrace.engine.ModelStage;
import io.millrace.engine.StageOutput;
import io.millrace.engine.StageRun;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A model without weights whose next token depends on every token before, and whose steps take real time. Its cache is
 * the hash of each position, so that a wrong position, a lost token or another cache's row changes what follows.
 */
public final class HashingStage implements ModelStage {
    private static final long BEGIN = 0x9E3779B97F4A7C15L;

    private final long stepNanos;
    private final long[][] hashes;
    private final int[] sampled;
    /** By block of the prefix store. */
    private final Map<Integer, long[]> store = new HashMap<>();

    public HashingStage(Duration step, int slots, int contextTokens) {
        stepNanos = step.toNanos();
        hashes = new long[slots][contextTokens];
        sampled = new int[slots];
    }

    /** What becomes of a prompt that nothing disturbs. */
    public static int[] expected(int[] prompt, int count) {
        long hash = BEGIN;
        for (int token : prompt) {
            hash = next(hash, token);
        }
        int[] output = new int[count];
        for (int i = 0; i < count; i++) {
            output[i] = token(hash);
            hash = next(hash, output[i]);
        }
        return output;
    }

    @Override
    public StageRun begin(StepPlan plan, StageOutput input) {
        plan.copies().forEach(this::copy);
        int[] tokens = plan.slices().stream().mapToInt(this::run).toArray();
        int[] drawn = new int[tokens.length];
        int count = 0;
        for (int i = 0; i < tokens.length; i++) {
            if (plan.slices().get(i).samples()) {
                drawn[count++] = tokens[i];
            }
        }
        StageOutput output = new StageOutput.Sampled(new StepResult(plan.id(), Arrays.copyOf(drawn, count)));
        return () -> {
            LockSupport.parkNanos(stepNanos);
            return output;
        };
    }

    private void copy(StepPlan.Copy copy) {
        int at = copy.start();
        for (int block : copy.blocks()) {
            long[] row = hashes[copy.slot()];
            if (copy.kind() == StepPlan.Copy.Kind.SAVE) {
                store.put(block, Arrays.copyOfRange(row, at, at + KvSharing.COPY_TOKENS));
            } else {
                System.arraycopy(store.get(block), 0, row, at, KvSharing.COPY_TOKENS);
            }
            at += KvSharing.COPY_TOKENS;
        }
    }

    private int run(StepPlan.Slice slice) {
        long[] row = hashes[slice.slot()];
        long hash = slice.start() == 0 ? BEGIN : row[slice.start() - 1];
        for (int i = 0; i < slice.tokens().length; i++) {
            int fed = slice.tokens()[i];
            hash = next(hash, fed == StepPlan.PENDING ? sampled[slice.slot()] : fed);
            row[slice.start() + i] = hash;
        }
        sampled[slice.slot()] = token(hash);
        return token(hash);
    }

    private static long next(long hash, int token) {
        long mixed = (hash ^ (token + 1)) * 0xBF58476D1CE4E5B9L;
        return mixed ^ (mixed >>> 29);
    }

    private static int token(long hash) {
        int token = (int) Long.remainderUnsigned(hash, CountingProvider.VOCABULARY);
        return token == CountingProvider.END ? token + 1 : token;
    }

    @Override
    public void close() {}
}
