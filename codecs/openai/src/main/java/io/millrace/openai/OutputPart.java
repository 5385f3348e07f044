package io.millrace.openai;

/** A piece of what the model said, as clients see it. */
sealed interface OutputPart {

    /** @param text never empty */
    record Text(String text) implements OutputPart {}

    /**
     * A function that the model asks for.
     *
     * @param index     from 0, over the whole answer
     * @param arguments a JSON object
     */
    record Call(int index, String name, String arguments) implements OutputPart {}
}
