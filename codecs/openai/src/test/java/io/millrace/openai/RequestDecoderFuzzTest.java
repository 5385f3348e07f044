package io.millrace.openai;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ErrorCode;
import io.millrace.api.Limits;
import io.millrace.api.Rejection;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RequestDecoderFuzzTest {

    private static final int CASES = 100_000;
    private static final List<byte[]> SEEDS = List.of(
            bytes("{'model':'m','messages':[{'role':'system','content':'#Z#Z#Z#Z#Z'},{'role':'user','content':"
                    + "[{'type':'text','text':'#Z#Z#Z#Z#Z'}]}],'stream':true,'stream_options':{'include_usage':true},"
                    + "'temperature':0.7,'top_p':0.9,'seed':12,'stop':['a','b'],'max_tokens':12,'n':1,'tools':[]}"),
            bytes("{'prompt':'#Z#Z#Z#Z#Z','max_tokens':3,'stop':'x','logit_bias':{},'user':'u'}"),
            bytes("{'prompt':[1,2,3,4,5],'temperature':1e-3,'top_k':5,'min_p':0.1,'frequency_penalty':-1.5}"));

    private static final List<byte[]> PIECES = List.of(
            bytes("'"),
            bytes("{"),
            bytes("}"),
            bytes("["),
            bytes("]"),
            bytes(","),
            bytes(":"),
            bytes("null"),
            bytes("-1"),
            bytes("1e999"),
            bytes("99999999999999999999"),
            bytes("NaN"),
            bytes("\\ud800"),
            bytes("true"),
            bytes("{'a':1}"),
            bytes("[[]]"),
            bytes("'prompt':1,"),
            new byte[] {(byte) 0xc3},
            new byte[] {0},
            new byte[] {(byte) 0xff, (byte) 0xfe},
            new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80});

    @Test
    void noBodyThrowsAndNoRefusalRepeatsThePrompt() {
        RequestDecoder decoder = new RequestDecoder(Limits.DEFAULTS);
        int calls = 0;
        for (int seed = 0; seed < CASES; seed++) {
            Random random = new Random(seed);
            byte[] body = mutate(SEEDS.get(random.nextInt(SEEDS.size())), random);
            Endpoint endpoint = Endpoint.values()[random.nextInt(2)];
            switch (decode(decoder, endpoint, body, seed)) {
                case Decoded.Call call -> calls++;
                case Decoded.Refused refused -> check(refused.rejection(), seed);
            }
        }
        assertTrue(calls > CASES / 100 && calls < CASES / 2, calls + " of " + CASES + " were still right");
    }

    private static Decoded decode(RequestDecoder decoder, Endpoint endpoint, byte[] body, int seed) {
        try {
            return decoder.decode(endpoint, body, 1);
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed + ": " + new String(body, StandardCharsets.UTF_8), e);
        }
    }

    private static void check(Rejection rejection, int seed) {
        assertTrue(rejection.code() == ErrorCode.INVALID_REQUEST, () -> "seed " + seed + ": " + rejection);
        assertTrue(rejection.message().length() < 300, () -> "seed " + seed + ": " + rejection);
        String answer = new String(JsonAnswer.error(rejection).body(), StandardCharsets.UTF_8);
        assertFalse(answer.contains("#"), () -> "seed " + seed + ": " + answer);
    }

    private static byte[] mutate(byte[] original, Random random) {
        byte[] body = original;
        for (int left = 1 + random.nextInt(3); left > 0; left--) {
            int at = random.nextInt(body.length + 1);
            int to = Math.min(body.length, at + (random.nextBoolean() ? 0 : random.nextInt(12)));
            byte[] piece = PIECES.get(random.nextInt(PIECES.size()));
            body = splice(body, at, to, random.nextInt(4) == 0 ? new byte[0] : piece);
        }
        return body;
    }

    /** The body with the bytes from {@code at} to {@code to} replaced. */
    private static byte[] splice(byte[] body, int at, int to, byte[] piece) {
        byte[] result = Arrays.copyOf(body, at + piece.length + body.length - to);
        System.arraycopy(piece, 0, result, at, piece.length);
        System.arraycopy(body, to, result, at + piece.length, body.length - to);
        return result;
    }

    private static byte[] bytes(String json) {
        return json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
