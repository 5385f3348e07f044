package io.millrace.verticles.edge;

import java.io.IOException;

/** The center's token ids mean something else: nothing may be sent there. */
public final class TokenizerMismatchException extends IOException {
    private static final long serialVersionUID = 1L;

    TokenizerMismatchException(String edge, String center) {
        super("edge and center must have one tokenizer: the edge's model has \"" + edge + "\", the center's \"" + center
                + "\"");
    }
}
