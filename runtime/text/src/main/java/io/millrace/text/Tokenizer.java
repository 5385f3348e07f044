package io.millrace.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.millrace.api.TokenizerSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A model's tokenizer: BPE, byte-level or SentencePiece's, by Hugging Face's tokenizers library, built from the vocabulary in
 * the model's file.
 *
 * <p>Safe for all threads: the native object is not changed after it is built, and encoding one text takes no lock that
 * waits. A virtual thread holds its carrier while it encodes. {@link #close()} only when nobody encodes any more.
 *
 * <p>The first tokenizer of a JVM unpacks a native library (15 MB) from the class path into
 * {@code ~/.djl.ai/tokenizers}, or under {@code java.io.tmpdir} where the home cannot be written, or under the directory
 * that {@code DJL_CACHE_DIR} names. Nothing is fetched: without offline mode the library asks the cloud's metadata
 * service about the machine and reports it home, so offline mode is set here.
 */
public final class Tokenizer implements AutoCloseable {
    /** Left on, truncation would cut long texts without a word. */
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

    private final HuggingFaceTokenizer words;
    private final SpecialTokens specials;
    private final Vocabulary vocabulary;
    private final int bosId;
    private final boolean spacePrefix;

    private Tokenizer(TokenizerSpec spec, HuggingFaceTokenizer words) {
        this.words = words;
        this.specials = new SpecialTokens(spec);
        this.vocabulary = Vocabulary.of(spec);
        this.bosId = spec.addBos() ? spec.bosId() : -1;
        this.spacePrefix = spec.spacePrefix();
    }

    /** @throws IllegalArgumentException for a family or pre-tokenizer that is not supported; the message lists those that are */
    public static Tokenizer of(TokenizerSpec spec) {
        Family.of(spec);
        System.setProperty("ai.djl.offline", "true");
        try {
            ByteArrayInputStream json = new ByteArrayInputStream(TokenizerJson.of(spec));
            return new Tokenizer(spec, HuggingFaceTokenizer.newInstance(json, OPTIONS));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /**
     * Text as it stands, without a beginning-of-sequence token. Lone surrogates are read as U+FFFD.
     *
     * @param parseSpecial whether control tokens spelled in the text are read as such; user-defined ones always are
     */
    public int[] encode(String text, boolean parseSpecial) {
        return split(Fence.wellFormed(text), parseSpecial);
    }

    /** {@code ids}, behind the model's beginning-of-sequence token where it wants one and they do not have it. */
    public int[] withBos(int[] ids) {
        if (bosId < 0 || ids.length > 0 && ids[0] == bosId) {
            return ids;
        }
        int[] begun = new int[ids.length + 1];
        begun[0] = bosId;
        System.arraycopy(ids, 0, begun, 1, ids.length);
        return begun;
    }

    @Override
    public void close() {
        words.close();
    }

    SpecialTokens specials() {
        return specials;
    }

    /** A template's output: control tokens are read, but not behind a mark of {@link Fence}. */
    int[] encodeFenced(String text) {
        return split(text, true);
    }

    private int[] split(String text, boolean parseSpecial) {
        IntStream.Builder ids = IntStream.builder();
        int plain = 0;
        for (int i = 0; i < text.length(); ) {
            SpecialTokens.Match match = specials.at(text, i, parseSpecial && !Fence.standsBefore(text, i));
            if (match.found()) {
                appendWords(text.substring(plain, i), ids);
                ids.add(match.id());
                plain = i + match.length();
            }
            i += Math.max(1, match.length());
        }
        appendWords(text.substring(plain), ids);
        return ids.build().toArray();
    }

    private void appendWords(String text, IntStream.Builder ids) {
        if (!text.isEmpty()) {
            String read = Fence.removed(spacePrefix ? " " + text : text);
            for (long id : words.encode(read, false, false).getIds()) {
                ids.add((int) id);
            }
        }
    }
}
