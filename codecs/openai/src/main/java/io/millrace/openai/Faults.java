package io.millrace.openai;

import io.millrace.api.Rejection;
import java.util.Optional;

/** The first thing found wrong with a body; later ones are dropped, so that readers can go on without branching. */
final class Faults {

    private Optional<Rejection> first = Optional.empty();

    void add(Rejection rejection) {
        if (first.isEmpty()) {
            first = Optional.of(rejection);
        }
    }

    void add(Optional<Rejection> rejection) {
        rejection.ifPresent(this::add);
    }

    /** @param why follows the field's name: "must be an integer" */
    void add(String field, String why) {
        add(Rejection.invalid(field, field + " " + why));
    }

    Optional<Rejection> first() {
        return first;
    }
}
