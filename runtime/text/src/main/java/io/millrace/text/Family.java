package io.millrace.text;

import io.millrace.api.TokenizerSpec;
import java.util.Arrays;
import java.util.stream.Collectors;

/** How tokens are spelled and text is cut: GGUF's {@code tokenizer.ggml.model}. */
enum Family {
    BYTE_LEVEL("gpt2"),
    /** SentencePiece's BPE: U+2581 is a space, and bytes that no token spells are tokens like {@code <0x0A>}. */
    SENTENCE_PIECE("llama");

    /** What SentencePiece writes for a space. */
    static final char SPACE = '\u2581';

    private final String ggufName;

    Family(String ggufName) {
        this.ggufName = ggufName;
    }

    /** @throws IllegalArgumentException for one that is not supported; the message lists those that are */
    static Family of(TokenizerSpec spec) {
        return Arrays.stream(values())
                .filter(family -> family.ggufName.equals(spec.model()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("tokenizer.ggml.model \"" + spec.model()
                        + "\" is not supported; supported are "
                        + Arrays.stream(values()).map(family -> family.ggufName).collect(Collectors.joining(", "))));
    }
}
