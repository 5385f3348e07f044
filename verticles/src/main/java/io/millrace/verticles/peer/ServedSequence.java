package io.millrace.verticles.peer;

import io.millrace.api.ErrorCode;
import io.millrace.api.Rejection;
import io.millrace.engine.SequenceEvent;
import io.millrace.peer.Admitted;
import io.millrace.peer.Output;
import io.millrace.peer.PeerReply;
import io.millrace.peer.PeerRequest;
import io.millrace.verticles.batching.EventLoop;
import io.millrace.verticles.batching.RunningSequence;
import io.millrace.verticles.batching.SequenceOwner;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A sequence that this node computes for another: tokens go out as far as credit and the connection allow. What does not
 * goes waits here, a few tokens, because the sequence stalls meanwhile. Owned by one event loop.
 */
final class ServedSequence implements SequenceOwner {
    private final EventLoop loop = EventLoop.current();
    private final GrpcServerResponse<PeerRequest, PeerReply> response;
    private final Runnable onOver;
    private final List<Integer> unsent = new ArrayList<>();
    private int nextNumber;
    private int cachedTokens;
    /** Whether the other node knows {@link #cachedTokens}. */
    private boolean told;

    private long credit;
    private Optional<RunningSequence> running = Optional.empty();
    private Optional<SequenceEvent.Ended> ended = Optional.empty();
    private boolean stalled;
    private boolean flushing;
    /** Nothing is written any more. */
    private boolean over;

    /** @param onOver called once, when nothing more will be written */
    ServedSequence(GrpcServerResponse<PeerRequest, PeerReply> response, int generated, int credit, Runnable onOver) {
        this.response = response;
        this.nextNumber = generated + 1;
        this.credit = credit;
        this.onOver = onOver;
        response.drainHandler(drained -> flush());
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    // ---- from the other node

    void credit(int tokens) {
        credit += Math.max(0, tokens);
        flush();
    }

    /** Its client wants no more, or the node is gone: frees the slot. */
    void cancel() {
        running.ifPresent(RunningSequence::cancel);
        close();
    }

    /** This node drains: the other one goes on elsewhere, from the tokens it has. */
    void handBack() {
        if (!over) {
            running.ifPresent(RunningSequence::cancel);
            var error = Rejection.of(ErrorCode.UNAVAILABLE, "the node is shutting down");
            refused(error);
        }
    }

    // ---- from the batching loop

    @Override
    public void admitted(RunningSequence sequence) {
        if (over) {
            sequence.cancel();
            return;
        }
        running = Optional.of(sequence);
        response.write(PeerReply.newBuilder()
                .setAdmitted(Admitted.getDefaultInstance())
                .build());
    }

    @Override
    public void refused(Rejection rejection) {
        if (!over) {
            response.end(PeerReply.newBuilder()
                    .setRefused(PeerMessages.refusal(rejection))
                    .build());
            close();
        }
    }

    /** Written once for all events of a step, so that the last token and the end are never apart. */
    @Override
    public void event(SequenceEvent event) {
        cachedTokens = event.cachedTokens();
        switch (event) {
            case SequenceEvent.Sampled sampled -> unsent.add(sampled.token());
            case SequenceEvent.Ended end -> ended = Optional.of(end);
        }
        if (!flushing) {
            flushing = true;
            loop.context().runOnContext(later -> {
                flushing = false;
                flush();
            });
        }
    }

    private void flush() {
        if (over) {
            return;
        }
        if (!response.writeQueueFull()) {
            write();
        }
        balance();
    }

    private void write() {
        int count = (int) Math.min(credit, unsent.size());
        boolean last = ended.isPresent() && count == unsent.size();
        if (count == 0 && !last) {
            return;
        }
        List<Integer> sent = unsent.subList(0, count);
        Output.Builder output = Output.newBuilder().setFirst(nextNumber).addAllTokens(sent);
        sent.clear();
        if (!told) {
            told = true;
            output.setCachedTokens(cachedTokens);
        }
        nextNumber += count;
        credit -= count;
        if (last) {
            output.setEnd(PeerMessages.end(ended.orElseThrow()));
            response.end(reply(output));
            close();
        } else {
            response.write(reply(output));
        }
    }

    /** A sequence whose tokens cannot leave is not computed. */
    private void balance() {
        boolean stuck = credit == 0 || response.writeQueueFull();
        if (!over && ended.isEmpty() && stuck != stalled) {
            stalled = stuck;
            running.ifPresent(stuck ? RunningSequence::stall : RunningSequence::unstall);
        }
    }

    private void close() {
        if (!over) {
            over = true;
            onOver.run();
        }
    }

    private static PeerReply reply(Output.Builder output) {
        return PeerReply.newBuilder().setOutput(output).build();
    }
}
