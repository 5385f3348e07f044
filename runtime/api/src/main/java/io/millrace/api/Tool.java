package io.millrace.api;

import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A function that the model may ask its client to call.
 *
 * @param definition as the OpenAI API has it and Hugging Face's chat templates expect it, {@code type} and {@code function} with
 *                   {@code name}, {@code description} and {@code parameters}, in {@link PlainValues}
 */
public record Tool(Map<String, Object> definition) {
    public Tool {
        definition = PlainValues.mapStrings(definition, UnaryOperator.identity());
    }
}
