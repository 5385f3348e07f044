package io.millrace.verticles.batching;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.api.Rejection;
import io.millrace.engine.SequenceEvent;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeliveryTest {
    private final Vertx vertx = Vertx.vertx();
    private final BlockingQueue<Long> delivered = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        vertx.close();
    }

    @Test
    void anOwnerThatBreaksCostsTheOthersOfItsLoopNothing() throws InterruptedException {
        vertx.getOrCreateContext().runOnContext(nothing -> {
            EventLoop loop = EventLoop.current();
            Delivery delivery = new Delivery();
            delivery.add(new Owner(loop, event -> delivered.add(event.id())), token(1));
            delivery.add(
                    new Owner(loop, event -> {
                        throw new IllegalStateException("a stream that is broken on purpose");
                    }),
                    token(2));
            delivery.add(new Owner(loop, event -> delivered.add(event.id())), token(3));
            delivery.dispatch();
        });
        assertEquals(List.of(1L, 3L), List.of(next(), next()));
    }

    private long next() throws InterruptedException {
        return delivered.poll(30, TimeUnit.SECONDS);
    }

    private static SequenceEvent token(long sequence) {
        return new SequenceEvent.Sampled(sequence, 1, 7);
    }

    private record Owner(EventLoop loop, Consumer<SequenceEvent> events) implements SequenceOwner {
        @Override
        public void admitted(RunningSequence sequence) {}

        @Override
        public void refused(Rejection rejection) {}

        @Override
        public void event(SequenceEvent event) {
            events.accept(event);
        }
    }
}
