package io.millrace.verticles.peer;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.SamplingParams;
import io.millrace.api.Usage;
import io.millrace.cluster.NodeHint;
import io.millrace.engine.SequenceEvent;
import io.millrace.engine.SequenceSpec;
import io.millrace.peer.End;
import io.millrace.peer.GreetRequest;
import io.millrace.peer.Greeting;
import io.millrace.peer.Hint;
import io.millrace.peer.PeerReply;
import io.millrace.peer.PeerRequest;
import io.millrace.peer.Refusal;
import io.millrace.peer.Sampling;
import io.millrace.peer.Start;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/** Our values as messages between nodes, and back. */
public final class PeerMessages {
    /** In events that come from no scheduler of this node. */
    public static final long NO_ID = -1;

    private static final ServiceName SERVICE = ServiceName.create("millrace.peer.v1.Peer");
    private static final String METHOD = "Generate";

    static final ServiceMethod<PeerRequest, PeerReply> SERVED = ServiceMethod.server(
            SERVICE,
            METHOD,
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(PeerRequest.getDefaultInstance()));

    static final ServiceMethod<PeerReply, PeerRequest> CALLED = ServiceMethod.client(
            SERVICE, METHOD, GrpcMessageEncoder.encoder(), GrpcMessageDecoder.decoder(PeerReply.getDefaultInstance()));

    static final ServiceMethod<GreetRequest, Greeting> GREETS = ServiceMethod.server(
            SERVICE,
            "Greet",
            GrpcMessageEncoder.encoder(),
            GrpcMessageDecoder.decoder(GreetRequest.getDefaultInstance()));

    static final ServiceMethod<Greeting, GreetRequest> GREETED = ServiceMethod.client(
            SERVICE, "Greet", GrpcMessageEncoder.encoder(), GrpcMessageDecoder.decoder(Greeting.getDefaultInstance()));

    private PeerMessages() {}

    static Start start(String model, SequenceSpec spec, int credit) {
        return Start.newBuilder()
                .setModel(model)
                .addAllTokens(Arrays.stream(spec.tokens()).boxed().toList())
                .setGenerated(spec.generated())
                .setMaxTokens(spec.maxTokens())
                .setSampling(sampling(spec.sampling()))
                .setSalt(spec.salt())
                .addAllEndTokens(Arrays.stream(spec.endTokens()).boxed().toList())
                .setCredit(credit)
                .build();
    }

    static SequenceSpec spec(Start start) {
        return new SequenceSpec(
                start.getTokensList().stream().mapToInt(Integer::intValue).toArray(),
                start.getGenerated(),
                start.getMaxTokens(),
                sampling(start.getSampling()),
                start.getSalt(),
                start.getEndTokensList().stream().mapToInt(Integer::intValue).toArray());
    }

    static Refusal refusal(Rejection rejection) {
        return Refusal.newBuilder()
                .setCode(rejection.code().name())
                .setMessage(rejection.message())
                .setField(rejection.field())
                .setRetryAfterMillis(rejection.retryAfter().toMillis())
                .build();
    }

    static Rejection rejection(Refusal refusal) {
        return new Rejection(
                named(ErrorCode.values(), refusal.getCode()).orElse(ErrorCode.INTERNAL),
                refusal.getMessage(),
                refusal.getField(),
                Duration.ofMillis(refusal.getRetryAfterMillis()));
    }

    static End end(SequenceEvent.Ended ended) {
        End.Builder end = End.newBuilder()
                .setReason(ended.reason().name())
                .setPromptTokens(ended.usage().promptTokens())
                .setCompletionTokens(ended.usage().completionTokens())
                .setCachedTokens(ended.cachedTokens());
        ended.error().map(PeerMessages::refusal).ifPresent(end::setError);
        return end.build();
    }

    static SequenceEvent.Ended ended(End end) {
        FinishReason reason = named(FinishReason.values(), end.getReason()).orElse(FinishReason.ERROR);
        Optional<Rejection> error =
                reason == FinishReason.ERROR ? Optional.of(rejection(end.getError())) : Optional.empty();
        Usage usage = new Usage(end.getPromptTokens(), end.getCompletionTokens(), end.getCachedTokens());
        return new SequenceEvent.Ended(NO_ID, reason, usage, error);
    }

    public static Hint hint(NodeHint hint) {
        return Hint.newBuilder()
                .setNode(hint.node())
                .setHost(hint.host())
                .setPort(hint.port())
                .setModel(hint.model())
                .setTaking(hint.taking())
                .setOutstandingTokens(hint.outstandingTokens())
                .setFreeCache(hint.freeCache())
                .build();
    }

    public static NodeHint hint(Hint hint) {
        return new NodeHint(
                hint.getNode(),
                hint.getHost(),
                hint.getPort(),
                hint.getModel(),
                hint.getTaking(),
                hint.getOutstandingTokens(),
                hint.getFreeCache());
    }

    public static Sampling sampling(SamplingParams params) {
        return Sampling.newBuilder()
                .setTemperature(params.temperature())
                .setTopK(params.topK())
                .setTopP(params.topP())
                .setMinP(params.minP())
                .setRepetitionPenalty(params.repetitionPenalty())
                .setPresencePenalty(params.presencePenalty())
                .setFrequencyPenalty(params.frequencyPenalty())
                .setSeed(params.seed())
                .build();
    }

    public static SamplingParams sampling(Sampling params) {
        return new SamplingParams(
                params.getTemperature(),
                params.getTopK(),
                params.getTopP(),
                params.getMinP(),
                params.getRepetitionPenalty(),
                params.getPresencePenalty(),
                params.getFrequencyPenalty(),
                params.getSeed());
    }

    private static <E extends Enum<E>> Optional<E> named(E[] all, String name) {
        return Arrays.stream(all).filter(each -> each.name().equals(name)).findFirst();
    }
}
