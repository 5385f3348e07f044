package io.millrace.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.api.TokenizerSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Set;

/**
 * A vocabulary in the format that Hugging Face's tokenizers library reads, {@code tokenizer.json} version 1.0.
 *
 * <p>Without special tokens: {@link Tokenizer} finds those itself, because the library cannot be told where they count.
 */
final class TokenizerJson {
    private final TokenizerSpec spec;
    private final Family family;
    private final JsonGenerator json;

    private TokenizerJson(TokenizerSpec spec, JsonGenerator json) {
        this.spec = spec;
        this.family = Family.of(spec);
        this.json = json;
    }

    static byte[] of(TokenizerSpec spec) {
        ByteArrayOutputStream bytes =
                new ByteArrayOutputStream(64 * spec.tokens().size());
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            new TokenizerJson(spec, json).write();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void write() throws IOException {
        json.writeStartObject();
        json.writeStringField("version", "1.0");
        json.writeArrayFieldStart("added_tokens");
        json.writeEndArray();
        switch (family) {
            case BYTE_LEVEL -> writeByteLevel(PreTokenizer.named(spec.preTokenizer()));
            case SENTENCE_PIECE -> writeSentencePiece();
        }
        json.writeEndObject();
    }

    private void writeByteLevel(PreTokenizer preTokenizer) throws IOException {
        if (preTokenizer.composed()) {
            json.writeObjectFieldStart("normalizer");
            json.writeStringField("type", "NFC");
            json.writeEndObject();
        }
        writePreTokenizers(preTokenizer);
        writeModel(preTokenizer.wholeWordsFirst(), false);
    }

    /** The whole text is one word. */
    private void writeSentencePiece() throws IOException {
        json.writeObjectFieldStart("normalizer");
        json.writeStringField("type", "Replace");
        json.writeObjectFieldStart("pattern");
        json.writeStringField("String", " ");
        json.writeEndObject();
        json.writeStringField("content", String.valueOf(Family.SPACE));
        json.writeEndObject();
        writeModel(false, true);
    }

    private void writePreTokenizers(PreTokenizer preTokenizer) throws IOException {
        json.writeObjectFieldStart("pre_tokenizer");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("pretokenizers");
        for (String pattern : preTokenizer.patterns()) {
            json.writeStartObject();
            json.writeStringField("type", "Split");
            json.writeObjectFieldStart("pattern");
            json.writeStringField("Regex", pattern);
            json.writeEndObject();
            json.writeStringField("behavior", "Isolated");
            json.writeBooleanField("invert", false);
            json.writeEndObject();
        }
        json.writeStartObject();
        json.writeStringField("type", "ByteLevel");
        json.writeBooleanField("add_prefix_space", false);
        json.writeBooleanField("trim_offsets", true);
        json.writeBooleanField("use_regex", false);
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private void writeModel(boolean wholeWordsFirst, boolean byteFallback) throws IOException {
        json.writeObjectFieldStart("model");
        json.writeStringField("type", "BPE");
        json.writeBooleanField("fuse_unk", false);
        json.writeBooleanField("byte_fallback", byteFallback);
        json.writeBooleanField("ignore_merges", wholeWordsFirst);
        writeVocabulary();
        json.writeArrayFieldStart("merges");
        for (String merge : spec.merges()) {
            json.writeString(merge);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** The first of several ids with one spelling counts. */
    private void writeVocabulary() throws IOException {
        Set<String> written = new HashSet<>();
        json.writeObjectFieldStart("vocab");
        for (int id = 0; id < spec.tokens().size(); id++) {
            String token = spec.tokens().get(id);
            if (!TokenType.silent(spec, id) && !TokenType.userDefined(spec, id) && written.add(token)) {
                json.writeNumberField(token, id);
            }
        }
        json.writeEndObject();
    }
}
