package io.millrace.cluster.tier;

/** What a policy says of a request. */
public sealed interface Verdict {

    record Keep(Reason reason) implements Verdict {}

    record Escalate(Reason reason) implements Verdict {}

    /**
     * The light model begins, and its first tokens decide before the client sees one.
     *
     * @param tokens  how many; fewer where the answer is shorter
     * @param atLeast mean log-probability that keeps the request
     */
    record Hear(int tokens, double atLeast) implements Verdict {

        /**
         * @param logProbs of the tokens heard
         * @return {@link Escalate} also where nothing was heard, or a probability is not known
         */
        public Verdict judge(float[] logProbs) {
            return Calibration.mean(logProbs) >= atLeast ? new Keep(Reason.SURE) : new Escalate(Reason.UNSURE);
        }
    }
}
