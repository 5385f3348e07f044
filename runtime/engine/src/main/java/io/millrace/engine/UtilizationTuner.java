package io.millrace.engine;

/**
 * The simple rule: above 90% of use the bounds are halved, below 50% doubled. It keeps a worker from being always busy, at
 * the price of clients that wait while it has time to spare: {@link LatencyTuner} asks what they see instead.
 */
final class UtilizationTuner implements BatchTuner {
    private static final double HIGH = 0.9;
    private static final double LOW = 0.5;
    private static final int MOST_SEQUENCES = 64;
    /** Below this a prompt costs more in steps than it spares the streams beside it. */
    static final int LEAST_PROMPT_TOKENS = 16;

    private final StepBounds most;

    UtilizationTuner(StepBounds most) {
        this.most = new StepBounds(Math.min(MOST_SEQUENCES, most.sequences()), most.promptTokens());
    }

    @Override
    public StepBounds next(StepBounds now, WorkerUse use) {
        double factor = use.busy() > HIGH ? 0.5 : use.busy() < LOW ? 2 : 1;
        return new StepBounds(Math.max(1, (int) (now.sequences() * factor)), Math.max(LEAST_PROMPT_TOKENS, (int)
                        (now.promptTokens() * factor)))
                .within(most);
    }
}
