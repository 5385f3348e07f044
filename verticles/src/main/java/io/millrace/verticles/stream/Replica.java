package io.millrace.verticles.stream;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.verticles.batching.SequenceRunner;
import java.time.Duration;

/** What stands behind the streams of this node, now. */
public sealed interface Replica {

    /** Requests are served. */
    record Ready(ServedModel model, SequenceRunner runner) implements Replica {}

    /** Requests are refused; the message says why, for clients and for {@code /health/ready}. */
    record Unready(String why) implements Replica {
        private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

        Rejection rejection() {
            return new Rejection(ErrorCode.UNAVAILABLE, why, "", RETRY_AFTER);
        }
    }
}
