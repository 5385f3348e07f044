package io.millrace.verticles.app.bench;

import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import java.util.List;

/**
 * How servers are asked.
 *
 * @param model     empty for the server's own
 * @param chat      whether prompts are sent as a user's turn, not as plain text
 * @param ignoreEos whether the model's end token is to be generated past, so that every answer is of full length
 */
public record Asking(String model, boolean chat, boolean ignoreEos) {

    Request request(String prompt, int maxTokens) {
        Prompt asked = chat ? new Prompt.Chat(List.of(new Message("user", prompt))) : new Prompt.Text(prompt);
        return request(asked, maxTokens);
    }

    /** A token for each word: for a model of random weights, which has no words. */
    Request request(String prompt, int maxTokens, int vocabulary) {
        int[] ids = Prompts.ids(prompt, vocabulary);
        return request(new Prompt.Tokens(ids), maxTokens);
    }

    private Request request(Prompt prompt, int maxTokens) {
        return new Request(model, prompt, SamplingParams.GREEDY, maxTokens, List.of(), ignoreEos);
    }
}
