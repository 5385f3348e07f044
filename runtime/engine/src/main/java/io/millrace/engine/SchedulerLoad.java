package io.millrace.engine;

/**
 * How full the scheduler is, at one moment.
 *
 * @param running             sequences that hold a slot and may be planned
 * @param waiting             sequences that wait for a slot, those set back included
 * @param stalled             sequences whose reader is behind, with or without a slot
 * @param parked              sequences without a connection: tokens only
 * @param waitingPromptTokens tokens to compute before the waiting ones generate
 * @param freeBlocks          of {@code Limits.kvBlocks}
 * @param freeSlots           of {@code Limits.maxBatch}
 * @param stepsInFlight       of {@code Limits.stepsInFlight}
 * @param setBacks            how often a sequence lost its cache to another one or to a lack of memory, ever
 */
public record SchedulerLoad(
        int running,
        int waiting,
        int stalled,
        int parked,
        int waitingPromptTokens,
        int freeBlocks,
        int freeSlots,
        int stepsInFlight,
        long setBacks) {
    /** Of no scheduler at all. */
    public static final SchedulerLoad NONE = new SchedulerLoad(0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** That of two schedulers together. */
    public SchedulerLoad plus(SchedulerLoad other) {
        return new SchedulerLoad(
                running + other.running,
                waiting + other.waiting,
                stalled + other.stalled,
                parked + other.parked,
                waitingPromptTokens + other.waitingPromptTokens,
                freeBlocks + other.freeBlocks,
                freeSlots + other.freeSlots,
                stepsInFlight + other.stepsInFlight,
                setBacks + other.setBacks);
    }
}
