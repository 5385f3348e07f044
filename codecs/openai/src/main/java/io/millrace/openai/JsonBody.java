package io.millrace.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import java.io.IOException;
import java.util.Optional;

/**
 * Bytes to one JSON object, within bounds. The parser's own messages quote the body, so none of them leaves this class.
 */
final class JsonBody {

    static final int MAX_NESTING = 64;
    static final int MAX_NUMBER_LENGTH = 100;
    static final int MAX_NAME_LENGTH = 256;
    /** Bytes of body per token of JSON: a tree costs up to 80 bytes a token, so this bounds it to 20 times the body. */
    private static final int BYTES_PER_TOKEN = 4;

    private final int maxBytes;
    private final ObjectMapper mapper;

    JsonBody(Limits limits) {
        maxBytes = limits.maxFrameBytes();
        StreamReadConstraints bounds = StreamReadConstraints.builder()
                .maxNestingDepth(MAX_NESTING)
                .maxNumberLength(MAX_NUMBER_LENGTH)
                .maxNameLength(MAX_NAME_LENGTH)
                .maxStringLength(maxBytes)
                .maxDocumentLength(maxBytes)
                .maxTokenCount(Math.max(1, maxBytes / BYTES_PER_TOKEN))
                .build();
        mapper = new ObjectMapper(
                        JsonFactory.builder().streamReadConstraints(bounds).build())
                .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
    }

    /** An object that stands in a string, within the same bounds; empty where it is none. */
    Optional<ObjectNode> inner(String text) {
        try (JsonParser parser = mapper.getFactory().createParser(text)) {
            JsonNode tree = mapper.readTree(parser);
            return tree instanceof ObjectNode object && parser.nextToken() == null
                    ? Optional.of(object)
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Empty where a fault was added. */
    Optional<ObjectNode> read(byte[] body, Faults faults) {
        if (body.length > maxBytes) {
            String message = "the body has " + body.length + " bytes; the limit is " + maxBytes;
            faults.add(Rejection.of(ErrorCode.TOO_LARGE, message));
            return Optional.empty();
        }
        try (JsonParser parser = mapper.getFactory().createParser(body)) {
            return read(parser, faults);
        } catch (IOException e) {
            faults.add(Rejection.invalid("", "the body is not UTF-8"));
            return Optional.empty();
        }
    }

    private Optional<ObjectNode> read(JsonParser parser, Faults faults) throws IOException {
        try {
            JsonNode tree = mapper.readTree(parser);
            if (tree instanceof ObjectNode object && parser.nextToken() == null) {
                return Optional.of(object);
            }
            faults.add(Rejection.invalid("", "the body must be one JSON object"));
        } catch (StreamConstraintsException e) {
            faults.add(Rejection.invalid(
                    "",
                    "the body passes a limit of JSON: nesting of " + MAX_NESTING + ", numbers of "
                            + MAX_NUMBER_LENGTH + " digits, names of " + MAX_NAME_LENGTH + " characters, one value in "
                            + BYTES_PER_TOKEN + " bytes of the body's limit of " + maxBytes));
        } catch (MismatchedInputException e) {
            String field = parser.currentName();
            faults.add(Rejection.invalid(
                    "",
                    Fields.isPlain(field)
                            ? "the body has the key " + field + " twice in one object"
                            : "the body has a key twice in one object"));
        } catch (JsonProcessingException e) {
            faults.add(Rejection.invalid(
                    "",
                    "the body is not valid JSON at byte "
                            + parser.currentLocation().getByteOffset()));
        }
        return Optional.empty();
    }
}
