package io.millrace.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.millrace.api.Limits;
import io.millrace.wire.v1.ClientFrame;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever bytes come, in whatever chunks, only values come out. A failing case prints its seed. */
class FrameFuzzTest {

    private static final int MAX = 512;

    @Test
    void brokenStreamsGiveOnlyValuesAndHoldNoMoreThanCame() {
        for (long seed = 0; seed < 100_000; seed++) {
            try {
                brokenStream(new SplittableRandom(seed));
            } catch (RuntimeException | Error e) {
                fail("seed " + seed, e);
            }
        }
    }

    @Test
    void wholeStreamsComeOutWholeInAnyChunks() {
        for (long seed = 0; seed < 10_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<Decoded<ClientFrame>> frames = new ArrayList<>();
            byte[] bytes = stream(random, frames);
            assertEquals(frames, decode(bytes, random, new FrameDecoder<>(FrameType.CLIENT, MAX)), "seed " + seed);
        }
    }

    private static void brokenStream(SplittableRandom random) {
        byte[] bytes = mutate(stream(random, new ArrayList<>()), random);
        FrameDecoder<ClientFrame> decoder = new FrameDecoder<>(FrameType.CLIENT, MAX);
        List<Decoded<ClientFrame>> out = decode(bytes, random, decoder);
        for (int i = 0; i < out.size(); i++) {
            if (out.get(i) instanceof Decoded.Value<ClientFrame> value) {
                Requests.fromWire(0, value.value().getGenerate(), Limits.DEFAULTS, 1);
            } else {
                assertEquals(out.size() - 1, i, "something came out behind a malformed frame");
            }
        }
        int held = decoder.heldBytes();
        assertTrue(held <= MAX && held <= 2 * bytes.length, () -> "holds " + held + " of " + bytes.length);
        decoder.end();
    }

    private static List<Decoded<ClientFrame>> decode(
            byte[] bytes, SplittableRandom random, FrameDecoder<ClientFrame> decoder) {
        List<Decoded<ClientFrame>> out = new ArrayList<>();
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(random.nextBoolean() ? 4 : 400));
            decoder.push(Arrays.copyOfRange(bytes, at, end), out::add);
            at = end;
        }
        return out;
    }

    private static byte[] stream(SplittableRandom random, List<Decoded<ClientFrame>> frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            ClientFrame frame = RandomFrames.client(random);
            frames.add(new Decoded.Value<>(frame));
            bytes.writeBytes(FrameEncoder.encode(frame));
        }
        return bytes.toByteArray();
    }

    /** Bits flipped, bytes set to what parsers trip over, ends cut or padded, pieces doubled. */
    private static byte[] mutate(byte[] bytes, SplittableRandom random) {
        byte[] out = bytes;
        for (int i = 1 + random.nextInt(5); i > 0 && out.length > 0; i--) {
            int at = random.nextInt(out.length);
            switch (random.nextInt(5)) {
                case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> out[at] = (byte) (random.nextBoolean() ? 0xff : 0x80);
                case 2 -> out = Arrays.copyOf(out, at);
                case 3 -> out = Arrays.copyOf(out, out.length + random.nextInt(64));
                default -> System.arraycopy(out, 0, out, at, Math.min(at, out.length - at));
            }
        }
        return out;
    }
}
