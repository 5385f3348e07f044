package io.millrace.verticles.edge;

import io.millrace.cluster.tier.Reason;
import io.millrace.cluster.tier.Verdict;
import io.millrace.engine.SequenceEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The light model's first tokens, held back until they decide. Owned by the sequence's loop; bounded by the policy. */
final class Heard {
    private final Verdict.Hear hear;
    private final List<SequenceEvent> events = new ArrayList<>();

    Heard(Verdict.Hear hear) {
        this.hear = hear;
    }

    /** @return the verdict, once enough was heard; nothing may be added after it */
    Optional<Verdict> add(SequenceEvent event) {
        events.add(event);
        return switch (event) {
            case SequenceEvent.Sampled sampled ->
                events.size() < hear.tokens() ? Optional.empty() : Optional.of(hear.judge(logProbs()));
            case SequenceEvent.Ended ended ->
                Optional.of(ended.error().isPresent() ? new Verdict.Escalate(Reason.UNSURE) : hear.judge(logProbs()));
        };
    }

    List<SequenceEvent> events() {
        return events;
    }

    private float[] logProbs() {
        float[] found = new float[events.size()];
        int count = 0;
        for (SequenceEvent event : events) {
            if (event instanceof SequenceEvent.Sampled sampled) {
                found[count++] = sampled.logProb();
            }
        }
        return Arrays.copyOf(found, count);
    }
}
