package io.millrace.verticles.batching;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.Objects;

/**
 * An owner: one event loop thread, and a context that reaches it.
 *
 * <p>Vert.x gives every HTTP request a duplicate of its verticle's context, so contexts cannot be compared to ask
 * "am I at home?"; their thread can.
 */
public record EventLoop(Thread thread, Context context) {

    /** The loop this is called on. */
    public static EventLoop current() {
        if (!Context.isOnEventLoopThread()) {
            throw new IllegalStateException("not on an event loop: " + Thread.currentThread());
        }
        return new EventLoop(Thread.currentThread(), Objects.requireNonNull(Vertx.currentContext()));
    }

    /** Runs at once where this is the current thread, else in a later turn of the loop. */
    public void run(Runnable action) {
        if (Thread.currentThread() == thread) {
            action.run();
        } else {
            context.runOnContext(nothing -> action.run());
        }
    }
}
