package io.millrace.model.converted;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Records as JSON files. The records are the schema: what they do not name, or lack, is refused. */
final class JsonFile {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .addModule(new Jdk8Module())
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private JsonFile() {}

    static void write(Path file, Object value) throws IOException {
        Files.write(file, bytes(value));
    }

    /** What {@link #write} writes: the same of equal values. */
    static byte[] bytes(Object value) throws IOException {
        return MAPPER.writeValueAsBytes(value);
    }

    /** @param most bytes of a file that is read at all */
    static <T> T read(Path file, Class<T> type, long most) throws IOException {
        long bytes = PlainFile.length(file);
        if (bytes > most) {
            throw new IOException(file + " has " + bytes + " bytes; the limit is " + most);
        }
        try {
            return MAPPER.readValue(Files.readAllBytes(file), type);
        } catch (JsonProcessingException e) {
            throw new IOException(file + " is not as this version writes it: " + e.getOriginalMessage(), e);
        }
    }
}
