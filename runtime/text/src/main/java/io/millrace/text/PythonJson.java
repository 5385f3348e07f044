package io.millrace.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The {@code tojson} filter as Hugging Face's templates know it: Python's {@code json.dumps}, a space behind every colon
 * and comma, and no character escaped that need not be.
 *
 * <p>It writes plain values only. Jinjava's own goes through Jackson's data binding, which would write any Java object.
 */
final class PythonJson implements Filter {
    private static final JsonFactory JSON = new JsonFactory();

    private final int maxText;

    /** @param maxText characters that one value may come to; lists of lists can be far larger than they look */
    PythonJson(int maxText) {
        this.maxText = maxText;
    }

    @Override
    public String getName() {
        return "tojson";
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.setPrettyPrinter(new Spaced());
            write(json, value, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private void write(JsonGenerator json, Object value, StringWriter text) throws IOException {
        if (text.getBuffer().length() > maxText) {
            throw new IllegalArgumentException("tojson would write more than " + maxText + " characters");
        }
        switch (value) {
            case null -> json.writeNull();
            case String string -> json.writeString(string);
            case Boolean flag -> json.writeBoolean(flag);
            case Number number -> json.writeNumber(number.toString());
            case Map<?, ?> map -> {
                json.writeStartObject();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    json.writeFieldName(String.valueOf(entry.getKey()));
                    write(json, entry.getValue(), text);
                }
                json.writeEndObject();
            }
            case Iterable<?> list -> {
                json.writeStartArray();
                for (Object element : list) {
                    write(json, element, text);
                }
                json.writeEndArray();
            }
            default -> throw new IllegalArgumentException("tojson cannot write this value");
        }
    }

    private static final class Spaced extends MinimalPrettyPrinter {
        private static final long serialVersionUID = 1;

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator json) throws IOException {
            json.writeRaw(": ");
        }

        @Override
        public void writeObjectEntrySeparator(JsonGenerator json) throws IOException {
            json.writeRaw(", ");
        }

        @Override
        public void writeArrayValueSeparator(JsonGenerator json) throws IOException {
            json.writeRaw(", ");
        }
    }
}
