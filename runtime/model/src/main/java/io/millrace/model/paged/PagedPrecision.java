package io.millrace.model.paged;

import io.millrace.model.onnx.ElementType;
import java.util.Locale;

/**
 * Number formats of a rank.
 *
 * @param activations {@code FLOAT32}, {@code FLOAT16} or {@code BFLOAT16}
 * @param cache       as the activations, or {@code FLOAT8E4M3FN}
 */
public record PagedPrecision(WeightFormat weights, ElementType activations, ElementType cache) {
    private static final String AS_ACTIVATIONS = "auto";

    /** All of it in one format. */
    public static PagedPrecision dense(ElementType type) {
        return new PagedPrecision(WeightFormat.DENSE, type, type);
    }

    /**
     * As a user names it.
     *
     * @param precision {@code fp32}, {@code fp16}, {@code bf16}, {@code int8}, {@code int4}, {@code fp8}, or {@code auto}
     *     for the dialect's own; what names no activation type has the dialect's
     * @param cache     {@code fp8}, or {@code auto} for the activations'
     * @throws IllegalArgumentException for any other name, and what the dialect has no operator for
     */
    public static PagedPrecision named(String precision, String cache, GraphDialect dialect) {
        ElementType own = dialect.activations();
        PagedPrecision named = switch (precision.toLowerCase(Locale.ROOT)) {
            case AS_ACTIVATIONS -> dense(own);
            case "fp32" -> dense(ElementType.FLOAT32);
            case "fp16" -> dense(ElementType.FLOAT16);
            case "bf16" -> dense(ElementType.BFLOAT16);
            case "int8" -> new PagedPrecision(WeightFormat.INT8, own, own);
            case "int4" -> new PagedPrecision(WeightFormat.INT4, own, own);
            case "fp8" -> new PagedPrecision(WeightFormat.FP8, own, own);
            default ->
                throw new IllegalArgumentException(
                        "precision is \"" + precision + "\", not auto, fp32, fp16, bf16, int8, int4 or fp8");
        };
        PagedPrecision whole = named.withCache(cache);
        dialect.check(whole);
        return whole;
    }

    private PagedPrecision withCache(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case AS_ACTIVATIONS -> this;
            case "fp8" -> new PagedPrecision(weights, activations, ElementType.FLOAT8E4M3FN);
            default -> throw new IllegalArgumentException("kv-precision is \"" + name + "\", not auto or fp8");
        };
    }

    /** For the log. */
    public String describe() {
        String formats = weights == WeightFormat.DENSE
                ? name(activations)
                : weights.name().toLowerCase(Locale.ROOT);
        return "%s weights, %s activations, %s cache".formatted(formats, name(activations), name(cache));
    }

    private static String name(ElementType type) {
        return switch (type) {
            case FLOAT32 -> "fp32";
            case FLOAT16 -> "fp16";
            case BFLOAT16 -> "bf16";
            case FLOAT8E4M3FN -> "fp8";
            default -> type.name().toLowerCase(Locale.ROOT);
        };
    }

    boolean scaledCache() {
        return cache == ElementType.FLOAT8E4M3FN;
    }
}
