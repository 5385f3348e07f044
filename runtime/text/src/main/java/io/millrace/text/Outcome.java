package io.millrace.text;

import io.millrace.api.Rejection;
import java.util.function.Function;

/** What came of a request's text: a value, or the reason why there is none. Never an exception. */
public sealed interface Outcome<T> {

    record Done<T>(T value) implements Outcome<T> {}

    record Refused<T>(Rejection rejection) implements Outcome<T> {}

    /** Goes on with the value, or keeps the reason. */
    default <R> Outcome<R> then(Function<? super T, Outcome<R>> next) {
        return switch (this) {
            case Done<T> done -> next.apply(done.value());
            case Refused<T> refused -> new Refused<>(refused.rejection());
        };
    }

    static <T> Outcome<T> refused(String field, String message) {
        return new Refused<>(Rejection.invalid(field, message));
    }
}
