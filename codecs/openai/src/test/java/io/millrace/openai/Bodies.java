package io.millrace.openai;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import java.nio.charset.StandardCharsets;

/** JSON in, written with single quotes; what came of it out. */
final class Bodies {

    static final long DRAWN_SEED = 77;
    private static final RequestDecoder DECODER = new RequestDecoder(Limits.DEFAULTS);

    private Bodies() {}

    /** A chat that is right but for the fields given. */
    static String chatWith(String fields) {
        return "{'messages':[{'role':'user','content':'hi'}]," + fields + "}";
    }

    static Decoded decode(Endpoint endpoint, String json) {
        return DECODER.decode(endpoint, json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), DRAWN_SEED);
    }

    static Decoded.Call call(Endpoint endpoint, String json) {
        return assertInstanceOf(Decoded.Call.class, decode(endpoint, json), json);
    }

    static Rejection refusal(Endpoint endpoint, String json) {
        return assertInstanceOf(Decoded.Refused.class, decode(endpoint, json), json)
                .rejection();
    }
}
