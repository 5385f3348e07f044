package io.millrace.ort.device;

import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Where threads wait for each other, again and again, until one is lost. For all of them. */
public final class Meeting {
    /** Terminated when one is lost: whoever waits then, or comes later, does not wait. */
    private final Phaser phaser;

    public Meeting(int parties) {
        this.phaser = new Phaser(parties);
    }

    /**
     * Waits for all.
     *
     * @param patienceSeconds for which this one waits for the others
     * @throws IllegalStateException where one does not come in time, or the meeting was aborted; nobody meets any longer
     */
    public void await(long patienceSeconds) {
        try {
            int phase = phaser.arrive();
            if (phase < 0 || phaser.awaitAdvanceInterruptibly(phase, patienceSeconds, TimeUnit.SECONDS) < 0) {
                throw new IllegalStateException("the ranks are no longer together");
            }
        } catch (TimeoutException e) {
            abort();
            throw new IllegalStateException("a rank did not come in " + patienceSeconds + " s", e);
        } catch (InterruptedException e) {
            abort();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for other ranks", e);
        }
    }

    /** Ends all waits, now and from now on. For any thread. */
    public void abort() {
        phaser.forceTermination();
    }
}
