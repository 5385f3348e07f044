package io.millrace.ort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * What an fp32 pass that is none of ours says of a prompt; see the README beside the files.
 *
 * @param topIds    by position, the likeliest tokens, best first
 * @param topLogits by position, theirs
 */
public record Golden(
        String name,
        int[] prompt,
        int[] continuation,
        double[] gap,
        double[] logSumExp,
        int[][] topIds,
        float[][] topLogits) {
    private static final Path FOLDER = Path.of("src", "test", "resources", "golden");

    public static List<Golden> all() throws IOException {
        return all(FOLDER);
    }

    /** One whose first 19 tokens are no near ties: what only rounds otherwise does not change them. */
    static Golden clear() throws IOException {
        return all().stream()
                .filter(each -> each.name().equals("emoji"))
                .findFirst()
                .orElseThrow();
    }

    public static List<Golden> all(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .map(Golden::read)
                    .toList();
        }
    }

    private static Golden read(Path file) {
        try {
            JsonNode json = new ObjectMapper().readTree(file.toFile());
            int[] continuation = ints(json.get("continuation"));
            ByteBuffer ids = bytes(json.get("top_ids"));
            ByteBuffer logits = bytes(json.get("top_logits"));
            int top = ids.remaining() / Short.BYTES / continuation.length;
            int[][] topIds = new int[continuation.length][top];
            float[][] topLogits = new float[continuation.length][top];
            for (int i = 0; i < continuation.length; i++) {
                for (int j = 0; j < top; j++) {
                    topIds[i][j] = Short.toUnsignedInt(ids.getShort());
                    topLogits[i][j] = logits.getFloat();
                }
            }
            return new Golden(
                    json.get("name").asText(),
                    ints(json.get("prompt_ids")),
                    continuation,
                    doubles(json.get("gap")),
                    doubles(json.get("logsumexp")),
                    topIds,
                    topLogits);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first {@code count} tokens behind the prompt. */
    List<Integer> continuation(int count) {
        return Arrays.stream(continuation).limit(count).boxed().toList();
    }

    /** KL(golden ‖ logits) in nats at a position, over the top tokens and one bucket of all others. */
    public double divergence(int position, float[] logits) {
        double sum = logSumExp(logits);
        double divergence = 0;
        double goldenRest = 1;
        double rest = 1;
        for (int j = 0; j < topIds[position].length; j++) {
            double goldenLog = topLogits[position][j] - logSumExp[position];
            double log = logits[topIds[position][j]] - sum;
            divergence += Math.exp(goldenLog) * (goldenLog - log);
            goldenRest -= Math.exp(goldenLog);
            rest -= Math.exp(log);
        }
        double floor = 1e-9;
        return divergence + Math.max(goldenRest, floor) * Math.log(Math.max(goldenRest, floor) / Math.max(rest, floor));
    }

    static double logSumExp(float[] logits) {
        double max = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }

    private static int[] ints(JsonNode array) {
        return elements(array).mapToInt(JsonNode::asInt).toArray();
    }

    private static double[] doubles(JsonNode array) {
        return elements(array).mapToDouble(JsonNode::asDouble).toArray();
    }

    private static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    private static ByteBuffer bytes(JsonNode base64) {
        return ByteBuffer.wrap(Base64.getDecoder().decode(base64.asText())).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public String toString() {
        return name;
    }
}
