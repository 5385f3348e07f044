package io.millrace.ort;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A Llama with random weights, written as GGUF: loads in milliseconds and has what SmolLM2 has not, a head of its own
 * and biases.
 */
public final class TinyModel {
    static final int LAYERS = 3;
    static final int HEADS = 4;
    static final int KV_HEADS = 2;
    private static final int HEAD_DIM = 16;
    static final int FFN = 96;
    public static final int VOCABULARY = 300;
    static final int CONTEXT = 128;

    private static final int F32 = 0;
    private static final int ALIGNMENT = 32;

    private final Random random;
    private final int headDim;
    private final int hidden;
    private final List<float[]> data = new ArrayList<>();
    private final ByteBuffer tensors = buffer(1 << 16);
    private long offset;
    private int tensorCount;

    private TinyModel(long seed, int headDim) {
        this.random = new Random(seed);
        this.headDim = headDim;
        this.hidden = HEADS * headDim;
    }

    public static Path write(Path folder, long seed) throws IOException {
        Files.createDirectories(folder);
        return Files.write(folder.resolve("tiny-" + seed + ".gguf"), new TinyModel(seed, HEAD_DIM).bytes());
    }

    /** With heads of another width, and hidden states as wide as all of them. */
    static Path write(Path folder, long seed, int headDim) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve("tiny-" + seed + "-" + headDim + ".gguf");
        return Files.write(file, new TinyModel(seed, headDim).bytes());
    }

    private byte[] bytes() {
        matrix("token_embd.weight", VOCABULARY, hidden, 1);
        for (int i = 0; i < LAYERS; i++) {
            layer("blk." + i + ".");
        }
        vector("output_norm.weight", hidden, 1, 0.1f);
        matrix("output.weight", VOCABULARY, hidden, 0.5f);
        ByteBuffer file = buffer(1 << 22);
        metadata(file);
        file.put(tensors.flip());
        file.position(Math.ceilDiv(file.position(), ALIGNMENT) * ALIGNMENT);
        for (float[] tensor : data) {
            for (float value : tensor) {
                file.putFloat(value);
            }
        }
        byte[] bytes = new byte[file.position()];
        file.get(0, bytes);
        return bytes;
    }

    private void layer(String prefix) {
        vector(prefix + "attn_norm.weight", hidden, 1, 0.1f);
        matrix(prefix + "attn_q.weight", HEADS * headDim, hidden, 0.3f);
        matrix(prefix + "attn_k.weight", KV_HEADS * headDim, hidden, 0.3f);
        matrix(prefix + "attn_v.weight", KV_HEADS * headDim, hidden, 0.2f);
        vector(prefix + "attn_q.bias", HEADS * headDim, 0, 1);
        vector(prefix + "attn_k.bias", KV_HEADS * headDim, 0, 1);
        vector(prefix + "attn_v.bias", KV_HEADS * headDim, 0, 1);
        matrix(prefix + "attn_output.weight", hidden, HEADS * headDim, 0.2f);
        vector(prefix + "ffn_norm.weight", hidden, 1, 0.1f);
        matrix(prefix + "ffn_gate.weight", FFN, hidden, 0.2f);
        matrix(prefix + "ffn_up.weight", FFN, hidden, 0.2f);
        matrix(prefix + "ffn_down.weight", hidden, FFN, 0.2f);
    }

    private void matrix(String name, int rows, int columns, float deviation) {
        tensor(name, rows * columns, 0, deviation, columns, rows);
    }

    private void vector(String name, int length, float mean, float deviation) {
        tensor(name, length, mean, deviation, length);
    }

    /** GGUF counts dimensions from the innermost. */
    private void tensor(String name, int elements, float mean, float deviation, long... dimensions) {
        text(tensors, name);
        tensors.putInt(dimensions.length);
        for (long dimension : dimensions) {
            tensors.putLong(dimension);
        }
        tensors.putInt(F32).putLong(offset);
        float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = mean + deviation * (float) random.nextGaussian();
        }
        data.add(values);
        offset += (long) elements * Float.BYTES;
        tensorCount++;
    }

    private void metadata(ByteBuffer file) {
        file.put("GGUF".getBytes(StandardCharsets.US_ASCII))
                .putInt(3)
                .putLong(tensorCount)
                .putLong(12);
        string(file, "general.architecture", "llama");
        integer(file, "llama.block_count", LAYERS);
        integer(file, "llama.embedding_length", hidden);
        integer(file, "llama.attention.head_count", HEADS);
        integer(file, "llama.attention.head_count_kv", KV_HEADS);
        integer(file, "llama.feed_forward_length", FFN);
        integer(file, "llama.context_length", CONTEXT);
        text(file, "llama.rope.freq_base");
        file.putInt(6).putFloat(10_000);
        text(file, "llama.attention.layer_norm_rms_epsilon");
        file.putInt(6).putFloat(1e-5f);
        string(file, "tokenizer.ggml.model", "gpt2");
        integer(file, "tokenizer.ggml.eos_token_id", 0);
        text(file, "tokenizer.ggml.tokens");
        file.putInt(9).putInt(8).putLong(VOCABULARY);
        for (int i = 0; i < VOCABULARY; i++) {
            text(file, "t" + i);
        }
    }

    private static void string(ByteBuffer file, String key, String value) {
        text(file, key);
        text(file.putInt(8), value);
    }

    private static void integer(ByteBuffer file, String key, int value) {
        text(file, key);
        file.putInt(4).putInt(value);
    }

    private static void text(ByteBuffer file, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        file.putLong(bytes.length).put(bytes);
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
