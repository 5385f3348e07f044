package io.millrace.text;

import io.millrace.api.TokenizerSpec;
import io.millrace.model.gguf.GgufFile;
import io.millrace.model.gguf.TokenizerReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Vocabularies for tests: the default model's own, and a small one that has every byte and no merges. */
final class Specs {
    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;

    static final int BOS = 256;
    static final int EOS = 257;
    static final int TAG = 258;

    private static final TokenizerSpec SMOLLM2 = readSmolLm2();

    private Specs() {}

    static TokenizerSpec smolLm2() {
        return SMOLLM2;
    }

    /** Tokens 0 to 255 are the bytes, then {@code <s>}, {@code </s>} and the user-defined {@code <tag>}. */
    static TokenizerSpec bytes(String preTokenizer, boolean addBos, String... merges) {
        List<String> tokens = new ArrayList<>();
        List<Integer> types = new ArrayList<>();
        int spare = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = value >= 0x21 && value <= 0x7e || value >= 0xa1 && value != 0xad;
            tokens.add(String.valueOf((char) (printable ? value : spare++)));
            types.add(NORMAL);
        }
        tokens.addAll(List.of("<s>", "</s>", "<tag>"));
        types.addAll(List.of(CONTROL, CONTROL, USER_DEFINED));
        for (String merge : merges) {
            tokens.add(merge.replace(" ", ""));
            types.add(NORMAL);
        }
        return new TokenizerSpec(
                "gpt2", preTokenizer, tokens, types, List.of(merges), BOS, EOS, -1, addBos, Optional.empty());
    }

    static TokenizerSpec withTemplate(TokenizerSpec spec, String template) {
        return new TokenizerSpec(
                spec.model(),
                spec.preTokenizer(),
                spec.tokens(),
                spec.types(),
                spec.merges(),
                spec.bosId(),
                spec.eosId(),
                spec.unknownId(),
                spec.addBos(),
                Optional.of(template));
    }

    private static TokenizerSpec readSmolLm2() {
        Path file = Path.of(System.getProperty(
                "millrace.model",
                System.getProperty("user.home") + "/.cache/millrace/models/SmolLM2-135M-Instruct.Q4_1.gguf"));
        if (!Files.exists(file)) {
            throw new IllegalStateException("the default model is missing: ./millrace pull smollm2");
        }
        try (GgufFile gguf = GgufFile.open(file)) {
            return TokenizerReader.read(gguf);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
