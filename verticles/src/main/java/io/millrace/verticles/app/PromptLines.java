package io.millrace.verticles.app;

import io.millrace.api.Limits;
import io.millrace.api.Request;
import io.millrace.openai.Decoded;
import io.millrace.openai.Endpoint;
import io.millrace.openai.RequestDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A file of requests, a line each: the JSON bodies that clients of the OpenAI API send, with {@code messages} or {@code prompt}. */
final class PromptLines {
    /** Of draws at a temperature above 0, where a line names none. */
    private static final long SEED = 0;

    private PromptLines() {}

    /** @throws IOException naming the line and the field at fault, or that there is no line */
    static List<Request> read(Path file, Limits limits) throws IOException {
        RequestDecoder decoder = new RequestDecoder(limits);
        List<String> lines = Files.readAllLines(file);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                requests.add(request(decoder, lines.get(i), file + ", line " + (i + 1)));
            }
        }
        if (requests.isEmpty()) {
            throw new IOException(file + " holds no request");
        }
        return requests;
    }

    private static Request request(RequestDecoder decoder, String line, String where) throws IOException {
        Endpoint endpoint = line.contains("\"messages\"") ? Endpoint.CHAT_COMPLETIONS : Endpoint.COMPLETIONS;
        return switch (decoder.decode(endpoint, line.getBytes(StandardCharsets.UTF_8), SEED)) {
            case Decoded.Call call -> call.request();
            case Decoded.Refused refused ->
                throw new IOException(where + ": " + refused.rejection().field() + " "
                        + refused.rejection().message());
        };
    }
}
