package io.millrace.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.api.Limits;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.api.RequestCheck;
import io.millrace.api.SamplingParams;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Request bodies of both {@link Endpoint}s. Field by field after the OpenAI API reference, with the sampling fields
 * that vLLM and llama.cpp added: {@code top_k}, {@code min_p}, {@code repetition_penalty}, {@code ignore_eos}. Can be shared by threads.
 *
 * <p>Time is linear in the body: about 25 ms for 1 MiB, so that long bodies do not belong on an event loop.
 */
public final class RequestDecoder {

    /** What the API reference gives a text completion that does not say how long it may be; a chat has no such bound. */
    private static final int COMPLETION_MAX_TOKENS = 16;

    private final Limits limits;
    private final JsonBody json;
    private final ToolReader tools;

    public RequestDecoder(Limits limits) {
        this.limits = limits;
        this.json = new JsonBody(limits);
        this.tools = new ToolReader(limits, json);
    }

    /**
     * Checks every field whose range does not depend on the model.
     *
     * @param drawnSeed the seed to take where the client gave none
     */
    public Decoded decode(Endpoint endpoint, byte[] body, long drawnSeed) {
        Faults faults = new Faults();
        Optional<Decoded.Call> call = json.read(body, faults).map(object -> call(endpoint, object, drawnSeed, faults));
        Optional<Rejection> fault = faults.first();
        return fault.isPresent() ? new Decoded.Refused(fault.get()) : call.orElseThrow();
    }

    private Decoded.Call call(Endpoint endpoint, ObjectNode object, long drawnSeed, Faults faults) {
        Fields body = new Fields(object, "", faults);
        FieldRules.of(endpoint).check(body);
        Prompt prompt = switch (endpoint) {
            case CHAT_COMPLETIONS -> new PromptReader(faults, tools).chat(body, limits);
            case COMPLETIONS -> new PromptReader(faults, tools).completion(body);
        };
        Fields streamOptions = body.inner("stream_options");
        FieldRules.STREAM_OPTIONS.check(streamOptions);
        Request request = new Request(
                body.text("model", ""),
                prompt,
                sampling(body, drawnSeed),
                maxTokens(endpoint, body),
                stop(body),
                body.flag("ignore_eos"));
        return new Decoded.Call(request, body.flag("stream"), streamOptions.flag("include_usage"));
    }

    private static SamplingParams sampling(Fields body, long drawnSeed) {
        int topK = body.integer("top_k", 0);
        SamplingParams params = new SamplingParams(
                body.number("temperature", 1),
                topK == -1 ? 0 : topK, // vLLM's spelling of "all"
                body.number("top_p", 1),
                body.number("min_p", 0),
                body.number("repetition_penalty", 1),
                body.number("presence_penalty", 0),
                body.number("frequency_penalty", 0),
                body.longInteger("seed", drawnSeed));
        body.faults().add(RequestCheck.sampling(params, ""));
        return params;
    }

    private static int maxTokens(Endpoint endpoint, Fields body) {
        int orElse = endpoint == Endpoint.COMPLETIONS ? COMPLETION_MAX_TOKENS : 0;
        int older = atLeastOne(body, "max_tokens", orElse);
        int newer = atLeastOne(body, "max_completion_tokens", older);
        if (body.value("max_tokens").isPresent() && newer != older) {
            body.faults().add("max_tokens", "differs from max_completion_tokens: send one of them");
        }
        return newer;
    }

    /** 0 would mean "as many as the context holds" past the codec, which nobody means who writes it here. */
    private static int atLeastOne(Fields body, String name, int orElse) {
        int value = body.integer(name, orElse);
        if (value < 1 && body.value(name).isPresent()) {
            body.faults().add(name, "must be between 1 and " + Integer.MAX_VALUE);
        }
        return value;
    }

    private List<String> stop(Fields body) {
        JsonNode node = body.value("stop").orElseGet(body.object()::arrayNode);
        List<String> stop = switch (node) {
            case ArrayNode array ->
                IntStream.range(0, array.size())
                        .mapToObj(i -> body.text("stop[" + i + "]", array.get(i)))
                        .toList();
            default -> List.of(body.text("stop", node));
        };
        body.faults().add(RequestCheck.stop("stop", stop, limits));
        return stop;
    }
}
