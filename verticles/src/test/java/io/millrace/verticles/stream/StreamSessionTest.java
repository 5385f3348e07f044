package io.millrace.verticles.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.TokenEvent;
import io.millrace.api.Usage;
import io.millrace.engine.SchedulerLoad;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.millrace.verticles.batching.SequenceRunner;
import io.millrace.verticles.stream.ServedModel.OutputText;
import io.millrace.verticles.testing.TestReplica;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What breaks in a stream, or where its events go, ends it, and once. */
class StreamSessionTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        TestReplica.await(vertx.close());
    }

    @Test
    void textThatBreaksEndsItsStreamWithAnError() {
        onLoop(loop -> {
            Recorder recorder = new Recorder();
            StreamSession session = running(loop, new BrokenText(true), recorder);
            session.event(new SequenceEvent.Sampled(1, 1, 7));
            session.event(new SequenceEvent.Sampled(1, 2, 8));
            assertBroken(recorder.sent);
        });
    }

    @Test
    void textThatBreaksAtItsEndEndsItsStreamOnce() {
        onLoop(loop -> {
            Recorder recorder = new Recorder();
            StreamSession session = running(loop, new BrokenText(false), recorder);
            session.event(ended());
            assertBroken(recorder.sent);
        });
    }

    private static void assertBroken(List<TokenEvent> sent) {
        assertEquals(2, sent.size(), sent.toString());
        assertInstanceOf(TokenEvent.Accepted.class, sent.getFirst());
        TokenEvent.Finished end = assertInstanceOf(TokenEvent.Finished.class, sent.getLast());
        assertEquals(FinishReason.ERROR, end.reason());
        assertEquals(ErrorCode.INTERNAL, end.error().orElseThrow().code());
    }

    @Test
    void aTransportThatBreaksOverTheEndLeavesTheOneEndToWhoeverResumes() {
        onLoop(loop -> {
            Recorder broken = new Recorder();
            broken.breaksOverTheEnd = true;
            StreamSession session = running(loop, new StopAtOnce(), broken);
            session.event(new SequenceEvent.Sampled(1, 1, 7));
            assertTrue(broken.sent.stream().noneMatch(TokenEvent::terminal), broken.sent.toString());
            Recorder next = new Recorder();
            session.resume(new StreamLink(session, next, loop), 0, StreamLink.UNLIMITED);
            List<TokenEvent> ends =
                    next.sent.stream().filter(TokenEvent::terminal).toList();
            assertEquals(1, ends.size(), next.sent.toString());
            TokenEvent.Finished end = assertInstanceOf(TokenEvent.Finished.class, ends.getFirst());
            assertEquals(FinishReason.STOP, end.reason());
        });
    }

    private static SequenceEvent ended() {
        return new SequenceEvent.Ended(1, FinishReason.LENGTH, new Usage(3, 0, 0), Optional.empty());
    }

    private StreamSession running(EventLoop loop, OutputText text, Recorder recorder) {
        StreamMeters meters = new StreamMeters(new SimpleMeterRegistry());
        StreamRegistry registry = new StreamRegistry(vertx, Limits.DEFAULTS, meters, () -> 0);
        Request request = TestReplica.request(3, 10);
        GenerationTimes times = new GenerationTimes(meters, request, "model", 0);
        StreamEvents events = new StreamEvents("handle", "model", text, times);
        StreamSession session = new StreamSession("handle", "tenant", events, loop, new AdmitsAtOnce(), registry);
        session.open(new StreamLink(session, recorder, loop), StreamLink.UNLIMITED);
        assertTrue(registry.add(session));
        session.submit(request, new SequenceSpec(new int[3], 0, 10, request.sampling(), ""));
        return session;
    }

    private void onLoop(Consumer<EventLoop> test) {
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(nothing -> {
            try {
                test.accept(EventLoop.current());
                done.complete();
            } catch (AssertionError | RuntimeException e) {
                done.fail(e);
            }
        });
        TestReplica.await(done.future());
    }

    /** @param atTokens or at its end */
    private record BrokenText(boolean atTokens) implements OutputText {
        @Override
        public String append(int token) {
            if (atTokens) {
                throw new IllegalStateException("a bug in the text of a token");
            }
            return "";
        }

        @Override
        public boolean stopped() {
            return false;
        }

        @Override
        public String flush() {
            throw new IllegalStateException("a bug in the last text");
        }
    }

    private static final class StopAtOnce implements OutputText {
        private boolean stopped;

        @Override
        public String append(int token) {
            stopped = true;
            return "";
        }

        @Override
        public boolean stopped() {
            return stopped;
        }

        @Override
        public String flush() {
            return "";
        }
    }

    private static final class Recorder implements StreamTransport {
        private final List<TokenEvent> sent = new ArrayList<>();
        private boolean breaksOverTheEnd;

        @Override
        public void send(List<TokenEvent> events) {
            if (breaksOverTheEnd && events.stream().anyMatch(TokenEvent::terminal)) {
                throw new IllegalStateException("a bug in a transport");
            }
            sent.addAll(events);
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public void reset(ErrorCode why) {}
    }

    private static final class AdmitsAtOnce implements SequenceRunner, RunningSequence {
        @Override
        public void submit(SequenceSpec spec, SequenceOwner owner) {
            owner.admitted(this);
        }

        @Override
        public void endAll(Rejection why) {}

        @Override
        public SchedulerLoad load() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cancel() {}

        @Override
        public void finish() {}

        @Override
        public void stall() {}

        @Override
        public void unstall() {}

        @Override
        public void park() {}

        @Override
        public void unpark() {}
    }
}
