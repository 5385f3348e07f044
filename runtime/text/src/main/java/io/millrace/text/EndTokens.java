package io.millrace.text;

import io.millrace.api.TokenizerSpec;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Which tokens end a model's output: the one its file names, and control tokens that families of models are known to end
 * a turn or a document with. A file names one only, and chat models draw the other now and then.
 */
public final class EndTokens {
    private static final Set<String> KNOWN = Set.of(
            "<|im_end|>",
            "<|endoftext|>",
            "<|eot_id|>",
            "<|end_of_text|>",
            "<end_of_turn>",
            "<|end|>",
            "</s>",
            "<｜end▁of▁sentence｜>");

    private EndTokens() {}

    /** Ids in ascending order. */
    public static int[] of(TokenizerSpec spec) {
        return IntStream.range(0, spec.tokens().size())
                .filter(id -> id == spec.eosId()
                        || TokenType.control(spec, id)
                                && KNOWN.contains(spec.tokens().get(id)))
                .toArray();
    }
}
