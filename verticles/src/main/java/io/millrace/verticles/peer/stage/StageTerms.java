package io.millrace.verticles.peer.stage;

import io.millrace.api.Limits;
import io.millrace.api.ModelManifest;
import io.millrace.engine.KvSharing;
import io.millrace.engine.LoadedModel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a head and the node of a stage must agree on, or their steps would mean different things to them.
 *
 * @param model       {@link ModelFingerprint}
 * @param sharing     {@link LoadedModel#sharing}: devices of two kinds may differ in it
 * @param tokenBudget tokens of the largest step
 */
public record StageTerms(
        String model,
        StagePlace place,
        int layers,
        int hidden,
        int vocabulary,
        KvSharing sharing,
        int blockTokens,
        int maxBatch,
        int contextTokens,
        int tokenBudget,
        int kvBlocks,
        int prefixCacheTokens,
        int stepsInFlight) {
    /** Steps that a head may have planned anew while those that it took back are still on their way. */
    private static final int ROLLED_BACK = 2;

    /** @param fingerprint {@link ModelFingerprint} */
    public static StageTerms of(String fingerprint, StagePlace place, LoadedModel model, Limits limits) {
        ModelManifest manifest = model.manifest();
        return new StageTerms(
                fingerprint,
                place,
                manifest.layers(),
                manifest.hidden(),
                manifest.vocabulary(),
                model.sharing(),
                limits.blockTokens(),
                limits.maxBatch(),
                limits.contextTokens(),
                limits.tokenBudget(),
                limits.kvBlocks(),
                limits.prefixCacheTokens(),
                limits.stepsInFlight());
    }

    /**
     * Why a stage with these terms cannot serve a head that wants {@code asked}: the first term that differs, or that is
     * less here than it must be.
     */
    Optional<String> refusal(Map<String, String> asked) {
        return Stream.concat(
                        equal().entrySet().stream()
                                .filter(mine -> !mine.getValue().equals(asked.get(mine.getKey()))),
                        atLeast().entrySet().stream()
                                .filter(mine -> mine.getValue() < number(asked.get(mine.getKey()))))
                .findFirst()
                .map(mine -> "%s is %s at this stage and %s at the head"
                        .formatted(mine.getKey(), mine.getValue(), asked.get(mine.getKey())));
    }

    Map<String, String> asMap() {
        Map<String, String> all = equal();
        atLeast().forEach((name, value) -> all.put(name, value.toString()));
        return all;
    }

    private Map<String, String> equal() {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put("model", model);
        terms.put("stage", place.toString());
        terms.put("layers", Integer.toString(layers));
        terms.put("hidden", Integer.toString(hidden));
        terms.put("vocabulary", Integer.toString(vocabulary));
        terms.put("sharing of prefixes", sharing.name());
        terms.put("limits.block-tokens", Integer.toString(blockTokens));
        return terms;
    }

    private Map<String, Integer> atLeast() {
        Map<String, Integer> terms = new LinkedHashMap<>();
        terms.put("limits.max-batch", maxBatch);
        terms.put("limits.context-tokens", contextTokens);
        terms.put("limits.token-budget", tokenBudget);
        terms.put("limits.kv-blocks", kvBlocks);
        terms.put("limits.prefix-cache-tokens", prefixCacheTokens);
        terms.put("limits.steps-in-flight", stepsInFlight);
        return terms;
    }

    /** A term that is no number is more than any. */
    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** Steps between the two at once; one more breaks the protocol. */
    int mostSteps() {
        return ROLLED_BACK * stepsInFlight;
    }

    int bytes(int tokens) {
        return Math.multiplyExact(tokens, hidden * Float.BYTES);
    }
}
