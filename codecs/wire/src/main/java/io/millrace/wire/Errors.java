package io.millrace.wire;

import io.millrace.api.ErrorCode;
import io.millrace.api.FinishReason;
import io.millrace.api.Rejection;
import io.millrace.api.Tier;
import io.millrace.wire.v1.Error;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/** Error codes, finish reasons and tiers, on the wire and off it. */
final class Errors {

    private static final long MAX_UINT32 = 0xffff_ffffL;

    private Errors() {}

    static Error toWire(Rejection rejection) {
        long millis = Math.clamp(rejection.retryAfter().toMillis(), 0, MAX_UINT32);
        return Error.newBuilder()
                .setCode(rejection.code().name().toLowerCase(Locale.ROOT))
                .setMessage(rejection.message())
                .setField(rejection.field())
                .setRetryAfterMs((int) millis)
                .build();
    }

    /** A code of a newer server reads as INTERNAL; its message is kept. */
    static Rejection fromWire(Error error) {
        ErrorCode code = Arrays.stream(ErrorCode.values())
                .filter(c -> c.name().toLowerCase(Locale.ROOT).equals(error.getCode()))
                .findFirst()
                .orElse(ErrorCode.INTERNAL);
        Duration retryAfter = Duration.ofMillis(Integer.toUnsignedLong(error.getRetryAfterMs()));
        return new Rejection(code, error.getMessage(), error.getField(), retryAfter);
    }

    static io.millrace.wire.v1.FinishReason toWire(FinishReason reason) {
        return switch (reason) {
            case STOP -> io.millrace.wire.v1.FinishReason.FINISH_REASON_STOP;
            case LENGTH -> io.millrace.wire.v1.FinishReason.FINISH_REASON_LENGTH;
            case CANCELLED -> io.millrace.wire.v1.FinishReason.FINISH_REASON_CANCELLED;
            case SLOW_CONSUMER -> io.millrace.wire.v1.FinishReason.FINISH_REASON_SLOW_CONSUMER;
            case ERROR -> io.millrace.wire.v1.FinishReason.FINISH_REASON_ERROR;
        };
    }

    /** A reason of a newer server reads as ERROR. */
    static FinishReason fromWire(io.millrace.wire.v1.FinishReason reason) {
        return switch (reason) {
            case FINISH_REASON_STOP -> FinishReason.STOP;
            case FINISH_REASON_LENGTH -> FinishReason.LENGTH;
            case FINISH_REASON_CANCELLED -> FinishReason.CANCELLED;
            case FINISH_REASON_SLOW_CONSUMER -> FinishReason.SLOW_CONSUMER;
            case FINISH_REASON_ERROR, FINISH_REASON_UNSPECIFIED, UNRECOGNIZED -> FinishReason.ERROR;
        };
    }

    static io.millrace.wire.v1.Tier toWire(Tier tier) {
        return switch (tier) {
            case UNSPECIFIED -> io.millrace.wire.v1.Tier.TIER_UNSPECIFIED;
            case EDGE -> io.millrace.wire.v1.Tier.TIER_EDGE;
            case CENTER -> io.millrace.wire.v1.Tier.TIER_CENTER;
            case CENTER_THEN_EDGE -> io.millrace.wire.v1.Tier.TIER_CENTER_THEN_EDGE;
        };
    }

    /** A tier of a newer server is left out. */
    static Tier fromWire(io.millrace.wire.v1.Tier tier) {
        return switch (tier) {
            case TIER_EDGE -> Tier.EDGE;
            case TIER_CENTER -> Tier.CENTER;
            case TIER_CENTER_THEN_EDGE -> Tier.CENTER_THEN_EDGE;
            case TIER_UNSPECIFIED, UNRECOGNIZED -> Tier.UNSPECIFIED;
        };
    }
}
