package io.millrace.verticles.stream;

import io.millrace.api.Rejection;
import io.millrace.api.Request;
import io.millrace.engine.SequenceSpec;
import io.millrace.verticles.stream.ServedModel.EncodedPrompt;
import java.util.Arrays;
import java.util.List;

/** A request whose prompt is encoded, and the output that an earlier node had come to, as one sequence. */
public final class Continuation {
    private Continuation() {}

    /**
     * The sequence of a request.
     *
     * @param prompt        ids of the prompt
     * @param contextTokens positions per sequence; the last token drawn needs none
     * @param vocabulary    ids are below
     */
    public static EncodedPrompt encoded(
            Request request, int[] prompt, int contextTokens, int vocabulary, int... endTokens) {
        List<Integer> generated = request.generated();
        for (int i = 0; i < generated.size(); i++) {
            if (generated.get(i) < 0 || generated.get(i) >= vocabulary) {
                return refused(
                        "generated[" + i + "]",
                        "is " + generated.get(i) + "; token ids are from 0 to " + (vocabulary - 1));
            }
        }
        long most = (long) contextTokens + 1 - prompt.length;
        if (generated.size() > most) {
            return refused(
                    "generated",
                    "has " + generated.size() + " tokens; the context holds " + most + " after the prompt");
        }
        if (request.maxTokens() != 0 && generated.size() > request.maxTokens()) {
            return refused("generated", "has " + generated.size() + " tokens; max_tokens is " + request.maxTokens());
        }
        int[] tokens = Arrays.copyOf(prompt, prompt.length + generated.size());
        for (int i = 0; i < generated.size(); i++) {
            tokens[prompt.length + i] = generated.get(i);
        }
        int maxTokens = generated.size() == most ? generated.size() : request.maxTokens();
        return new EncodedPrompt.Encoded(
                new SequenceSpec(tokens, generated.size(), maxTokens, request.sampling(), "", endTokens));
    }

    /** Whether only the end is left to be said: the node that was to say it is gone. */
    static boolean complete(SequenceSpec spec) {
        return spec.generated() > 0 && spec.generated() == spec.maxTokens();
    }

    private static EncodedPrompt refused(String field, String why) {
        return new EncodedPrompt.Refused(Rejection.invalid(field, field + " " + why));
    }
}
