package io.millrace.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DetokenizerTest {
    private static final Vocabulary BYTES = Vocabulary.of(Specs.bytes("gpt-2", false));
    private static final String[] ALPHABET = {"a", " ", "\n", "é", "ß", "中", "文", "😀", "👩‍👩‍👧", "\u0000", "\uFFFD"};

    @Test
    void aCharacterIsShownWithItsLastByte() {
        Detokenizer detokenizer = new Detokenizer(BYTES);
        assertEquals("", detokenizer.append(0xf0));
        assertEquals("", detokenizer.append(0x9f));
        assertEquals("", detokenizer.append(0x98));
        assertEquals("😀", detokenizer.append(0x80));
        assertEquals("", detokenizer.flush());
    }

    @Test
    void bytesThatCanNoLongerBecomeACharacterAreReplacedAtOnce() {
        Detokenizer detokenizer = new Detokenizer(BYTES);
        assertEquals("\uFFFD", detokenizer.append(0x80));
        assertEquals("", detokenizer.append(0xe0));
        assertEquals("\uFFFD\uFFFD", detokenizer.append(0x80), "E0 80 begins no character");
        assertEquals("", detokenizer.append(0xe4));
        assertEquals("\uFFFDa", detokenizer.append('a'));
    }

    @Test
    void anUnfinishedCharacterIsReplacedAtTheEnd() {
        Detokenizer detokenizer = new Detokenizer(BYTES);
        detokenizer.append(0xe4);
        detokenizer.append(0xb8);
        assertEquals("\uFFFD", detokenizer.flush());
        assertEquals("a", detokenizer.append('a'));
    }

    @Test
    void controlTokensAreNotShownAndUserDefinedOnesAre() {
        Detokenizer detokenizer = new Detokenizer(BYTES);
        assertEquals("", detokenizer.append(Specs.BOS));
        assertEquals("<tag>", detokenizer.append(Specs.TAG));
        assertEquals("", detokenizer.append(Specs.EOS));
    }

    @Test
    void aControlTokenInsideACharacterDoesNotBreakIt() {
        Detokenizer detokenizer = new Detokenizer(BYTES);
        detokenizer.append(0xc3);
        detokenizer.append(Specs.EOS);
        assertEquals("é", detokenizer.append(0xa9));
    }

    @Test
    void tokensOfAnyTextGiveTheTextBack() {
        Random random = new Random(1);
        for (int run = 0; run < 2_000; run++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append(ALPHABET[random.nextInt(ALPHABET.length)]);
            }
            byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
            int[] ids = new int[utf8.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = utf8[i] & 0xff;
            }
            assertEquals(text.toString(), streamed(BYTES, ids), "run " + run);
        }
    }

    @Test
    void randomBytesGiveWhatDecodingThemAtOnceGives() {
        Random random = new Random(2);
        for (int run = 0; run < 20_000; run++) {
            int[] ids = random.ints(random.nextInt(12), 0x60, 0x100).toArray();
            assertEquals(atOnce(BYTES, ids), streamed(BYTES, ids), "run " + run);
        }
    }

    @Test
    void randomTokensOfTheDefaultModelGiveWhatDecodingThemAtOnceGives() {
        Vocabulary vocabulary = Vocabulary.of(Specs.smolLm2());
        Random random = new Random(3);
        for (int run = 0; run < 2_000; run++) {
            int[] ids = random.ints(random.nextInt(50), 0, vocabulary.size()).toArray();
            assertEquals(atOnce(vocabulary, ids), streamed(vocabulary, ids), "run " + run);
        }
    }

    private static String streamed(Vocabulary vocabulary, int[] ids) {
        Detokenizer detokenizer = new Detokenizer(vocabulary);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            String part = detokenizer.append(id);
            assertEquals(
                    part,
                    new String(part.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE),
                    "half a surrogate pair was shown");
            text.append(part);
        }
        return text.append(detokenizer.flush()).toString();
    }

    private static String atOnce(Vocabulary vocabulary, int[] ids) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            ByteBuffer piece = ByteBuffer.allocate(vocabulary.longestToken());
            vocabulary.write(id, piece);
            bytes.write(piece.array(), 0, piece.position());
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
