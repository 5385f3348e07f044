package io.millrace.engine;

/**
 * Holds the time between two tokens of a running stream under a target. Prompts give way first, as one chunk costs a stream
 * more than many neighbours do; then sequences. What was taken comes back in small parts, in the other order.
 */
final class LatencyTuner implements BatchTuner {
    /** Under this share of the target there is room to grow: between it and the target nothing moves. */
    private static final double ROOM = 0.8;
    /** One look may be a bad moment: no more is taken at once. */
    private static final double LEAST_LEFT = 0.5;
    /** Parts in which room is given back. */
    private static final int PARTS = 8;

    private final StepBounds most;
    private final long targetNanos;

    LatencyTuner(StepBounds most, long targetNanos) {
        this.most = most;
        this.targetNanos = targetNanos;
    }

    @Override
    public StepBounds next(StepBounds now, WorkerUse use) {
        if (use.gapNanos() > targetNanos) {
            return less(now, Math.max(LEAST_LEFT, targetNanos / (double) use.gapNanos()));
        }
        return use.gapNanos() < ROOM * targetNanos ? more(now) : now;
    }

    private StepBounds less(StepBounds now, double left) {
        int least = Math.min(UtilizationTuner.LEAST_PROMPT_TOKENS, most.promptTokens());
        return now.promptTokens() > least
                ? new StepBounds(now.sequences(), Math.max(least, (int) (now.promptTokens() * left)))
                : new StepBounds(Math.max(1, (int) (now.sequences() * left)), now.promptTokens());
    }

    private StepBounds more(StepBounds now) {
        StepBounds grown = now.sequences() < most.sequences()
                ? new StepBounds(now.sequences() + Math.ceilDiv(most.sequences(), PARTS), now.promptTokens())
                : new StepBounds(now.sequences(), now.promptTokens() + Math.ceilDiv(most.promptTokens(), PARTS));
        return grown.within(most);
    }
}
