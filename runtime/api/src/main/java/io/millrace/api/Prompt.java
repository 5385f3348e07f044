package io.millrace.api;

import java.util.Arrays;
import java.util.List;

/** What the model is to continue. */
public sealed interface Prompt {

    /** Turns of a chat, to be laid out by the model's own chat template. */
    record Chat(List<Message> messages) implements Prompt {
        public Chat {
            messages = List.copyOf(messages);
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
