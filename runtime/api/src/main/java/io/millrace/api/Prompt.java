package io.millrace.api;

import java.util.Arrays;
import java.util.List;

/** What the model is to continue. */
public sealed interface Prompt {

    /**
     * Turns of a chat, to be laid out by the model's own chat template.
     *
     * @param tools that the model may ask for; where there are none it is told of none
     */
    record Chat(List<Message> messages, List<Tool> tools) implements Prompt {
        public Chat {
            messages = List.copyOf(messages);
            tools = List.copyOf(tools);
        }

        public Chat(List<Message> messages) {
            this(messages, List.of());
        }

        /** Whether only a chat template that knows tools can lay it out. */
        public boolean aboutTools() {
            return !tools.isEmpty() || messages.stream().anyMatch(Message::aboutTools);
        }

        /** Of everything that a client wrote. */
        public long characters() {
            return messages.stream().mapToLong(Chat::characters).sum()
                    + tools.stream()
                            .mapToLong(tool -> PlainValues.characters(tool.definition()))
                            .sum();
        }

        private static long characters(Message message) {
            return message.content().length()
                    + message.toolCalls().stream()
                            .mapToLong(call -> PlainValues.characters(call.arguments()))
                            .sum();
        }
    }

    /** Plain text, tokenized as it stands; special tokens written in it are read as such. */
    record Text(String text) implements Prompt {}

    /** Token ids of the served model, taken as they are. */
    record Tokens(int[] ids) implements Prompt {
        public Tokens {
            ids = ids.clone();
        }

        @Override
        public int[] ids() {
            return ids.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Tokens that && Arrays.equals(ids, that.ids);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(ids);
        }

        @Override
        public String toString() {
            return "Tokens[" + ids.length + "]";
        }
    }
}
