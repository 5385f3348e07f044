package io.millrace.text;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How text is cut into words before merging, by GGUF's {@code tokenizer.ggml.pre}.
 *
 * <p>The patterns are those of the models' own tokenizers, and of llama.cpp for {@code default}. Digits and spaces are
 * where they differ.
 */
enum PreTokenizer {
    GPT_2("gpt-2", false, false, Patterns.GPT_2),
    SMOLLM("smollm", false, false, "\\p{N}", Patterns.GPT_2),
    LLAMA_BPE("llama-bpe", true, false, Patterns.WORDS.formatted("\\p{N}{1,3}")),
    QWEN2("qwen2", false, true, Patterns.WORDS.formatted("\\p{N}")),
    DEFAULT("default", false, false, "[\\p{P}\\$\\+<=>\\^~\\|]+", Patterns.GPT_2, "\\p{N}+", "[0-9][0-9][0-9]");

    private final String ggufName;
    private final boolean wholeWordsFirst;
    private final boolean composed;
    private final List<String> patterns;

    /**
     * @param wholeWordsFirst a word that is a token is taken as it is, without merges
     * @param composed        text is put into Unicode's form NFC first
     * @param patterns        applied one after the other; each cuts out what it matches
     */
    PreTokenizer(String ggufName, boolean wholeWordsFirst, boolean composed, String... patterns) {
        this.ggufName = ggufName;
        this.wholeWordsFirst = wholeWordsFirst;
        this.composed = composed;
        this.patterns = List.of(patterns);
    }

    boolean wholeWordsFirst() {
        return wholeWordsFirst;
    }

    boolean composed() {
        return composed;
    }

    List<String> patterns() {
        return patterns;
    }

    /** @throws IllegalArgumentException for a name that is not in the table; the message lists those that are */
    static PreTokenizer named(String ggufName) {
        return Arrays.stream(values())
                .filter(p -> p.ggufName.equals(ggufName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("tokenizer.ggml.pre \"" + ggufName
                        + "\" is not supported; supported are "
                        + Arrays.stream(values()).map(p -> p.ggufName).collect(Collectors.joining(", "))));
    }

    private static final class Patterns {
        static final String GPT_2 =
                "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

        /** Llama 3's and Qwen 2's; they differ in how long a run of digits may be. */
        static final String WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s"
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    }
}
