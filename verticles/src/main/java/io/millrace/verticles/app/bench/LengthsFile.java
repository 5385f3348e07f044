package io.millrace.verticles.app.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads lengths of requests, a line each: {@code prompt,output} with or without a header, or with a header that names the
 * columns {@code prompt_tokens} and {@code output_tokens} among others; or JSON objects with these two fields.
 */
public final class LengthsFile {
    private static final String PROMPT = "prompt_tokens";
    private static final String OUTPUT = "output_tokens";
    private static final int MAX_LINES = 1_000_000;
    private static final int MAX_TOKENS = 1_000_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private int promptColumn;
    private int outputColumn = 1;

    private LengthsFile(Path file) {
        this.file = file;
    }

    /** @throws IllegalArgumentException naming the line that is wrong */
    public static Lengths read(Path file) throws IOException {
        List<Length> pairs = new LengthsFile(file).pairs(Files.readAllLines(file));
        return new Lengths(file.getFileName().toString(), pairs);
    }

    private List<Length> pairs(List<String> lines) {
        List<Length> pairs = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith("{")) {
                pairs.add(object(line, i + 1));
            } else if (i == 0 && line.contains(PROMPT)) {
                header(line);
            } else if (!line.isEmpty()) {
                pairs.add(row(line, i + 1));
            }
        }
        if (pairs.isEmpty() || pairs.size() > MAX_LINES) {
            throw new IllegalArgumentException(
                    file + " has " + pairs.size() + " lengths; it must have 1 to " + MAX_LINES);
        }
        return pairs;
    }

    private void header(String line) {
        List<String> names = Arrays.stream(line.split(",")).map(String::strip).toList();
        promptColumn = names.indexOf(PROMPT);
        outputColumn = names.indexOf(OUTPUT);
        if (promptColumn < 0 || outputColumn < 0) {
            throw wrong(1, "the header must name " + PROMPT + " and " + OUTPUT);
        }
    }

    private Length row(String line, int number) {
        String[] cells = line.split(",");
        if (cells.length <= Math.max(promptColumn, outputColumn)) {
            throw wrong(number, "expected " + PROMPT + "," + OUTPUT);
        }
        return new Length(tokens(cells[promptColumn], number), tokens(cells[outputColumn], number));
    }

    private Length object(String line, int number) {
        try {
            JsonNode object = JSON.readTree(line);
            return new Length(
                    tokens(object.path(PROMPT).asText(), number),
                    tokens(object.path(OUTPUT).asText(), number));
        } catch (JsonProcessingException e) {
            throw wrong(number, "not a JSON object");
        }
    }

    private int tokens(String text, int number) {
        try {
            int tokens = Integer.parseInt(text.strip());
            if (tokens >= 1 && tokens <= MAX_TOKENS) {
                return tokens;
            }
        } catch (NumberFormatException e) {
            // The same words as for a number that is out of range.
        }
        throw wrong(number, "\"" + text + "\" is not a number of tokens between 1 and " + MAX_TOKENS);
    }

    private IllegalArgumentException wrong(int number, String why) {
        return new IllegalArgumentException(file + ", line " + number + ": " + why);
    }
}
