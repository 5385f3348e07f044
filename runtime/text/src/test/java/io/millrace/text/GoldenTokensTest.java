package io.millrace.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.api.Limits;
import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Request;
import io.millrace.api.SamplingParams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Layout and tokens against Python's jinja2 and tokenizers; the folder's README says how the files were made. */
class GoldenTokensTest {
    private static final Path FOLDER = Path.of("../ort/src/test/resources/golden");

    @Test
    void thereAreEnoughGoldenPrompts() throws IOException {
        assertTrue(files().size() >= 8, files().toString());
    }

    @TestFactory
    Stream<DynamicTest> layoutTokensAndTextAreThoseOfTheReference() throws IOException {
        ChatTemplate template = ChatTemplate.of(Specs.smolLm2(), Limits.DEFAULTS, () -> 0);
        Tokenizer tokenizer = Tokenizer.of(Specs.smolLm2());
        PromptEncoder encoder = new PromptEncoder(tokenizer, template, Limits.DEFAULTS, 2048);
        return files().stream()
                .map(file -> DynamicTest.dynamicTest(
                        file.getFileName().toString(), () -> check(Golden.read(file), template, encoder, tokenizer)))
                .onClose(tokenizer::close);
    }

    private static void check(Golden golden, ChatTemplate template, PromptEncoder encoder, Tokenizer tokenizer) {
        if (golden.prompt instanceof Prompt.Chat chat) {
            assertEquals(golden.rendered, done(template.render(chat)));
        }
        Request request = new Request("", golden.prompt, SamplingParams.GREEDY, 0, List.of());
        assertArrayEquals(golden.promptIds, (int[]) done(encoder.encode(request)));
        Detokenizer detokenizer = new Detokenizer(tokenizer.vocabulary());
        StringBuilder text = new StringBuilder();
        IntStream.of(golden.continuation).mapToObj(detokenizer::append).forEach(text::append);
        String shown = golden.continuationText.replaceAll("<\\|im_(start|end)\\|>", "");
        assertEquals(shown, text + detokenizer.flush());
    }

    private static Object done(Outcome<?> outcome) {
        return assertInstanceOf(Outcome.Done.class, outcome).value();
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(f -> f.toString().endsWith(".json")).sorted().toList();
        }
    }

    /** The members of a golden file that are about text. */
    private static final class Golden {
        private Prompt prompt;
        private String rendered;
        private int[] promptIds;
        private int[] continuation;
        private String continuationText;

        static Golden read(Path file) throws IOException {
            Golden golden = new Golden();
            try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
                json.nextToken();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String member = json.currentName();
                    json.nextToken();
                    golden.take(member, json);
                }
            }
            return golden;
        }

        private void take(String member, JsonParser json) throws IOException {
            switch (member) {
                case "messages" -> prompt = new Prompt.Chat(messages(json));
                case "prompt" -> prompt = new Prompt.Text(json.getText());
                case "rendered" -> rendered = json.getText();
                case "prompt_ids" -> promptIds = ids(json);
                case "continuation" -> continuation = ids(json);
                case "continuation_text" -> continuationText = json.getText();
                default -> json.skipChildren();
            }
        }

        private static int[] ids(JsonParser json) throws IOException {
            IntStream.Builder ids = IntStream.builder();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                ids.accept(json.getIntValue());
            }
            return ids.build().toArray();
        }

        private static List<Message> messages(JsonParser json) throws IOException {
            List<Message> messages = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                String role = "";
                String content = "";
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String member = json.currentName();
                    String value = json.nextTextValue();
                    role = member.equals("role") ? value : role;
                    content = member.equals("content") ? value : content;
                }
                messages.add(new Message(role, content));
            }
            return messages;
        }
    }
}
