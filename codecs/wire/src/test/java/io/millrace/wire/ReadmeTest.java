package io.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import io.millrace.api.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The protocol's document says what the code does. */
class ReadmeTest {

    private static final Pattern EXAMPLE =
            Pattern.compile("```json\\n(?<json>[^`]*)```\\n```(?<form>hex|message)\\n(?<hex>[^`]*)```");
    private static final int MAX = 1000;

    private final String readme = Files.readString(Path.of("README.md"));

    ReadmeTest() throws IOException {}

    @Test
    void everyWorkedExampleIsWhatTheCodecWrites() {
        List<MatchResult> examples = EXAMPLE.matcher(readme).results().toList();
        assertTrue(examples.size() >= 10, () -> "found " + examples.size());
        for (MatchResult example : examples) {
            Message frame = read(example.group("json"));
            byte[] written = example.group("form").equals("hex") ? FrameEncoder.encode(frame) : frame.toByteArray();
            String hex = example.group("hex").replaceAll("#.*", "").replaceAll("\\s", "");
            assertEquals(hex, HexFormat.of().formatHex(written), example.group("json"));
        }
    }

    @Test
    void theTableOfErrorsIsTheEnum() {
        String table = String.join(
                "\n", Arrays.stream(ErrorCode.values()).map(ReadmeTest::row).toList());
        assertTrue(readme.contains(table), table);
    }

    private static String row(ErrorCode code) {
        return "| `%s` | %d | %d | 0x%x | %s |"
                .formatted(
                        code.name().toLowerCase(Locale.ROOT),
                        code.httpStatus(),
                        code.grpcStatus(),
                        code.quicCode(),
                        code.retryable() ? "yes" : "no");
    }

    private static Message read(String json) {
        if (new JsonFrames<>(FrameType.CLIENT, MAX).read(json) instanceof Decoded.Value<? extends Message> client) {
            return client.value();
        }
        if (new JsonFrames<>(FrameType.SERVER, MAX).read(json) instanceof Decoded.Value<? extends Message> server) {
            return server.value();
        }
        throw new AssertionError("no frame: " + json);
    }
}
