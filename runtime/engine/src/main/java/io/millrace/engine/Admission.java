package io.millrace.engine;

import io.millrace.api.Rejection;

/** The answer to {@link Scheduler#submit}. */
public sealed interface Admission {

    /**
     * The sequence waits or runs, and will have exactly one {@link SequenceEvent.Ended}.
     *
     * @param id never given out twice; ascends in order of arrival
     */
    record Admitted(long id) implements Admission {}

    /** Nothing was kept. */
    record Refused(Rejection rejection) implements Admission {}
}
