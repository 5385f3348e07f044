package io.millrace.ort;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A small model with random weights, and what numpy computes of it; see the README beside the files.
 *
 * @param leastDistance relative RMS by which its logits move when any one trait of the model is left out
 */
record DecoderGolden(Path model, List<Sequence> sequences, double leastDistance) {
    private static final Path FOLDER = Path.of("src", "test", "resources", "decoders");

    /** @param logits by position */
    record Sequence(int[] tokens, float[][] logits) {}

    static DecoderGolden read(String name) throws IOException {
        JsonNode json =
                new ObjectMapper().readTree(FOLDER.resolve(name + ".json").toFile());
        List<Sequence> sequences = new ArrayList<>();
        json.get("sequences").forEach(sequence -> sequences.add(sequence(sequence)));
        double least = Double.POSITIVE_INFINITY;
        for (JsonNode distance : json.get("without")) {
            least = Math.min(least, distance.asDouble());
        }
        Path model = FOLDER.resolve(name.endsWith("_directory") ? name : name + ".gguf");
        return new DecoderGolden(model, sequences, least);
    }

    private static Sequence sequence(JsonNode json) {
        int[] tokens = new int[json.get("tokens").size()];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = json.get("tokens").get(i).asInt();
        }
        byte[] bytes = Base64.getDecoder().decode(json.get("logits").asText());
        ByteBuffer numbers = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        float[][] logits = new float[tokens.length][bytes.length / Float.BYTES / tokens.length];
        for (float[] row : logits) {
            for (int i = 0; i < row.length; i++) {
                row[i] = numbers.getFloat();
            }
        }
        return new Sequence(tokens, logits);
    }
}
