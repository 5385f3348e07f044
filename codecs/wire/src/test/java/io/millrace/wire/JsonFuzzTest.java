package io.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.millrace.api.Limits;
import io.millrace.wire.v1.ClientFrame;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever text comes, only values come out. A failing case prints its seed. */
class JsonFuzzTest {

    private static final int CASES = 100_000;
    private static final String[] SPLINTERS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\ud800",
        "\ud800",
        "1e999999999",
        "-1",
        "null",
        "NaN",
        "\0",
        "\"cancel\":{}",
        "\"generate\":{}",
        "\"channel\":",
        "true",
        "4294967296",
        "\ufffd",
        "[[[[[[[["
    };

    @Test
    void brokenJsonGivesOnlyValues() {
        JsonFrames<ClientFrame> json = new JsonFrames<>(FrameType.CLIENT, 4096);
        int values = 0;
        for (long seed = 0; seed < CASES; seed++) {
            String text = brokenJson(new SplittableRandom(seed));
            try {
                if (json.read(text) instanceof Decoded.Value<ClientFrame> value) {
                    Requests.fromWire(0, value.value().getGenerate(), Limits.DEFAULTS, 1);
                    values++;
                }
            } catch (RuntimeException | Error e) {
                fail("seed " + seed + ": " + text, e);
            }
        }
        int readable = values;
        assertTrue(readable > CASES / 10 && readable < CASES / 2, () -> "lopsided mutations: " + readable);
    }

    private static String brokenJson(SplittableRandom random) {
        StringBuilder text = new StringBuilder(JsonFrames.write(RandomFrames.client(random)));
        for (int i = random.nextInt(4); i > 0 && !text.isEmpty(); i--) {
            int at = random.nextInt(text.length());
            String splinter = SPLINTERS[random.nextInt(SPLINTERS.length)];
            switch (random.nextInt(4)) {
                case 0 -> text.insert(at, splinter);
                case 1 -> text.setLength(at);
                case 2 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(5)));
                default -> text.replace(at, Math.min(text.length(), at + splinter.length()), splinter);
            }
        }
        return text.toString();
    }
}
