package io.millrace.verticles.app.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LengthsFileTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5,7\n120,1\n",
                "prompt_tokens, output_tokens\n5, 7\n\n120, 1",
                "at,output_tokens,prompt_tokens\n0.1,7,5\n0.2,1,120\n",
                "{\"prompt_tokens\": 5, \"output_tokens\": 7}\n{\"output_tokens\": 1, \"prompt_tokens\": 120, \"more\": 0}\n"
            })
    void pairsComeAsCommaSeparatedValuesOrJson(String text) throws IOException {
        Lengths lengths = LengthsFile.read(written(text));
        assertEquals(List.of(new Length(5, 7), new Length(120, 1)), lengths.pairs());
        assertEquals("lengths", lengths.source());
        assertEquals(62.5, lengths.mean(Length::promptTokens));
        assertEquals(7, lengths.most(Length::maxTokens));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "5,7;5             | line 2: expected prompt_tokens,output_tokens",
                "5,7;0,3           | line 2: \"0\" is not a number of tokens",
                "5,many            | line 1: \"many\" is not a number of tokens",
                "5,7;{\"a\":       | line 2: not a JSON object",
                "{\"a\": 1}        | line 1: \"\" is not a number of tokens",
                "prompt_tokens,out | line 1: the header must name",
                "''                | has 0 lengths"
            })
    void whatIsWrongIsNamedWithItsLine(String text, String why) throws IOException {
        Path file = written(text.replace(';', '\n'));
        String message = assertThrows(IllegalArgumentException.class, () -> LengthsFile.read(file))
                .getMessage();
        assertTrue(message.startsWith(file.toString()) && message.contains(why), message);
    }

    private Path written(String text) throws IOException {
        return Files.writeString(folder.resolve("lengths"), text);
    }
}
