package io.millrace.client;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.millrace.wire.v1.ClientFrame;
import io.millrace.wire.v1.ServerFrame;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The scripted server's side of one attachment: the test reads what the client sent and says what to answer. */
abstract class Peer {

    /** How long a test waits for what must come; far beyond what it takes. */
    static final long PATIENCE_SECONDS = 30;

    final BlockingQueue<ClientFrame> received = new LinkedBlockingQueue<>();
    final BlockingQueue<Object> signsOfLife = new LinkedBlockingQueue<>();
    final BlockingQueue<Long> resets = new LinkedBlockingQueue<>();

    abstract void send(ServerFrame frame);

    /** Bytes that are no frame. */
    abstract void sendGarbage();

    /** Ends the connection without a word, and all that is on it. */
    abstract void dropConnection();

    /** The next frame that is not a sign of life. */
    ClientFrame take() {
        return await(received);
    }

    static <T> T await(BlockingQueue<T> queue) {
        try {
            T next = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertNotNull(next, "nothing came in " + PATIENCE_SECONDS + " s");
            return next;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
