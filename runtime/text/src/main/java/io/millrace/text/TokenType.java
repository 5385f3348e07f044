package io.millrace.text;

import io.millrace.api.TokenizerSpec;

/** GGUF's {@code tokenizer.ggml.token_type}. */
final class TokenType {
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    private TokenType() {}

    /** Steers the model, like the start of a turn: never shown, and never read from a message's content. */
    static boolean control(TokenizerSpec spec, int id) {
        int type = spec.types().get(id);
        return type == CONTROL || type == UNKNOWN;
    }

    /** A whole that merges never build, like a tool call's tag: shown, and read wherever it stands. */
    static boolean userDefined(TokenizerSpec spec, int id) {
        return spec.types().get(id) == USER_DEFINED;
    }

    /** A single byte that is part of a character, spelled like {@code <0x0A>}. */
    static boolean singleByte(TokenizerSpec spec, int id) {
        return spec.types().get(id) == BYTE;
    }

    static boolean silent(TokenizerSpec spec, int id) {
        return control(spec, id) || spec.types().get(id) == UNUSED;
    }
}
