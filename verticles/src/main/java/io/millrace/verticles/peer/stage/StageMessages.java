package io.millrace.verticles.peer.stage;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.millrace.engine.KvSharing;
import io.millrace.engine.StepException;
import io.millrace.engine.StepPlan;
import io.millrace.engine.StepResult;
import io.millrace.peer.stage.Copy;
import io.millrace.peer.stage.Failed;
import io.millrace.peer.stage.Rows;
import io.millrace.peer.stage.Sampled;
import io.millrace.peer.stage.Slice;
import io.millrace.peer.stage.StageReply;
import io.millrace.peer.stage.StageRequest;
import io.millrace.peer.stage.Step;
import io.millrace.verticles.peer.PeerMessages;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Plans, hidden states and results as messages between head and stage, and back. */
final class StageMessages {
    private static final ServiceName SERVICE = ServiceName.create("millrace.stage.v1.Stage");
    private static final String METHOD = "Run";

    static final ServiceMethod<StageRequest, StageReply> SERVED = ServiceMethod.server(
            SERVICE,
            METHOD,
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(StageRequest.getDefaultInstance()));

    static final ServiceMethod<StageReply, StageRequest> CALLED = ServiceMethod.client(
            SERVICE, METHOD, GrpcMessageEncoder.encoder(), GrpcMessageDecoder.decoder(StageReply.getDefaultInstance()));

    /** Hidden states of one message; a step of more is several. */
    static final int PIECE_BYTES = 1 << 20;

    /** HTTP/2's window of a stream: a link of 1 Gbit/s and 30 ms is full with it. */
    static final int WINDOW_BYTES = 4 << 20;

    /** What a block's id, a token's id or a row's log-probability take at most, with their share of what is around them. */
    private static final int NUMBER_BYTES = 5;

    private static final int SLICE_BYTES = 128;
    private static final int MESSAGE_BYTES = 64 * 1024;

    private StageMessages() {}

    /** Of the largest message: a plan whose slices all have their history, or a piece of hidden states. */
    static long mostBytes(StageTerms terms) {
        long numbers = terms.contextTokens() + (long) Math.ceilDiv(terms.contextTokens(), terms.blockTokens());
        long slices = terms.maxBatch() * (SLICE_BYTES + NUMBER_BYTES * numbers);
        // Every position of every row may be loaded from the store and saved to it; a save names a block alone.
        long copies = 2L * terms.maxBatch() * SLICE_BYTES * (terms.contextTokens() / KvSharing.COPY_TOKENS + 1);
        return MESSAGE_BYTES + Math.max(PIECE_BYTES, slices + copies);
    }

    static Step step(StepPlan plan) {
        Step.Builder step = Step.newBuilder().setId(plan.id());
        plan.slices().forEach(slice -> step.addSlices(slice(slice)));
        plan.copies()
                .forEach(copy -> step.addCopies(Copy.newBuilder()
                        .setLoad(copy.kind() == StepPlan.Copy.Kind.LOAD)
                        .setSlot(copy.slot())
                        .setStart(copy.start())
                        .addAllBlocks(copy.blocks())));
        return step.build();
    }

    private static Slice slice(StepPlan.Slice slice) {
        Slice.Builder message = Slice.newBuilder()
                .setSequence(slice.sequence())
                .setSlot(slice.slot())
                .setStart(slice.start())
                .setLength(slice.tokens().length)
                .addAllBlocks(Arrays.stream(slice.blocks()).boxed().toList())
                .setSamples(slice.samples())
                .setPromptLength(slice.promptLength());
        if (slice.samples()) {
            message.setSampling(PeerMessages.sampling(slice.sampling()))
                    .addAllHistory(Arrays.stream(slice.history()).boxed().toList());
        }
        return message.build();
    }

    /** @throws IllegalArgumentException where a slice computes nothing */
    static StepPlan plan(Step step) {
        return new StepPlan(
                step.getId(),
                step.getSlicesList().stream().map(StageMessages::slice).toList(),
                step.getCopiesList().stream().map(StageMessages::copy).toList());
    }

    private static StepPlan.Copy copy(Copy message) {
        return new StepPlan.Copy(
                message.getLoad() ? StepPlan.Copy.Kind.LOAD : StepPlan.Copy.Kind.SAVE,
                message.getSlot(),
                message.getStart(),
                message.getBlocksList());
    }

    /** Its tokens are zeros: a stage that does not embed needs their number only. */
    private static StepPlan.Slice slice(Slice message) {
        if (message.getLength() < 1) {
            throw new IllegalArgumentException("a slice of " + message.getLength() + " positions");
        }
        return new StepPlan.Slice(
                message.getSequence(),
                message.getSlot(),
                message.getStart(),
                new int[message.getLength()],
                message.getBlocksList().stream().mapToInt(Integer::intValue).toArray(),
                message.getSamples() ? 1 : 0,
                PeerMessages.sampling(message.getSampling()),
                message.getHistoryList().stream().mapToInt(Integer::intValue).toArray(),
                message.getPromptLength());
    }

    /** Copies: the states' memory is its stage's again when this returns. */
    static List<Rows> rows(long step, ByteBuffer states) {
        ByteBuffer copy =
                ByteBuffer.allocate(states.remaining()).put(states.duplicate()).flip();
        List<Rows> pieces = new ArrayList<>();
        for (int at = 0; at < copy.limit(); at += PIECE_BYTES) {
            ByteString piece =
                    UnsafeByteOperations.unsafeWrap(copy.slice(at, Math.min(PIECE_BYTES, copy.limit() - at)));
            pieces.add(Rows.newBuilder().setStep(step).setStates(piece).build());
        }
        return pieces;
    }

    static Sampled sampled(StepResult result) {
        Sampled.Builder message = Sampled.newBuilder()
                .setStep(result.step())
                .addAllTokens(Arrays.stream(result.tokens()).boxed().toList());
        for (float logProb : result.logProbs()) {
            message.addLogProbs(logProb);
        }
        return message.build();
    }

    /** @throws IllegalArgumentException where there are neither as many probabilities as tokens nor none */
    static StepResult result(Sampled message) {
        float[] logProbs = new float[message.getLogProbsCount()];
        for (int i = 0; i < logProbs.length; i++) {
            logProbs[i] = message.getLogProbs(i);
        }
        return new StepResult(
                message.getStep(),
                message.getTokensList().stream().mapToInt(Integer::intValue).toArray(),
                logProbs);
    }

    static Failed failed(long step, StepException failure) {
        return Failed.newBuilder()
                .setStep(step)
                .setKind(failure.kind().name())
                .setMessage(String.valueOf(failure.getMessage()))
                .build();
    }

    static StepException failure(Failed message, String stage) {
        StepException.Kind kind = Arrays.stream(StepException.Kind.values())
                .filter(each -> each.name().equals(message.getKind()))
                .findFirst()
                .orElse(StepException.Kind.FATAL);
        return new StepException(kind, stage + ": " + message.getMessage(), null);
    }
}
