package io.millrace.api;

import java.util.List;
import java.util.Optional;

/**
 * A model's vocabulary as its file holds it: all that {@code runtime/text} needs to build a tokenizer.
 *
 * @param model        family of the algorithm, GGUF's {@code tokenizer.ggml.model}: {@code gpt2} is byte-level BPE,
 *                     {@code llama} is SentencePiece's BPE, whose tokens hold U+2581 for a space
 * @param preTokenizer GGUF's {@code tokenizer.ggml.pre}: which splitting pattern comes first; SentencePiece has none
 * @param tokens       text of every id, in the family's own spelling
 * @param types        GGUF token types by id: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte
 * @param merges       BPE merges, best first, two pieces parted by a space
 * @param bosId        −1 where there is none
 * @param eosId        ends a turn
 * @param addBos       whether a plain text prompt begins with {@code bosId}
 * @param spacePrefix  whether text is read as if a space came before it (SentencePiece only)
 * @param chatTemplate the model's own Jinja template
 */
public record TokenizerSpec(
        String model,
        String preTokenizer,
        List<String> tokens,
        List<Integer> types,
        List<String> merges,
        int bosId,
        int eosId,
        int unknownId,
        boolean addBos,
        boolean spacePrefix,
        Optional<String> chatTemplate) {
    public TokenizerSpec {
        tokens = List.copyOf(tokens);
        types = List.copyOf(types);
        merges = List.copyOf(merges);
    }

    /** Byte-level BPE, which never adds a space. */
    public TokenizerSpec(
            String model,
            String preTokenizer,
            List<String> tokens,
            List<Integer> types,
            List<String> merges,
            int bosId,
            int eosId,
            int unknownId,
            boolean addBos,
            Optional<String> chatTemplate) {
        this(model, preTokenizer, tokens, types, merges, bosId, eosId, unknownId, addBos, false, chatTemplate);
    }

    /** Not the vocabulary: it has tens of thousands of entries. */
    @Override
    public String toString() {
        return "TokenizerSpec[" + model + "/" + preTokenizer + ", " + tokens.size() + " tokens]";
    }
}
