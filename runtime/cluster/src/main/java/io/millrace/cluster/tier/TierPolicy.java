package io.millrace.cluster.tier;

/** Which tier answers a request. Can be shared by threads. */
public interface TierPolicy {
    Verdict judge(Asked asked);

    /** Everything goes to the center; the edge is there for when that is gone. */
    static TierPolicy always() {
        return asked -> new Verdict.Escalate(Reason.ALWAYS);
    }

    /** Nothing does. */
    static TierPolicy never() {
        return asked -> new Verdict.Keep(Reason.NEVER);
    }

    /**
     * The light model is heard first.
     *
     * @param tokens  how many of its tokens are held back and judged
     * @param atLeast their mean log-probability that keeps the request, see {@link Calibration}
     */
    static TierPolicy confidence(int tokens, double atLeast) {
        return asked -> new Verdict.Hear(tokens, atLeast);
    }
}
