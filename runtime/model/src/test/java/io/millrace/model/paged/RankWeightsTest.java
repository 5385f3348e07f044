package io.millrace.model.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.api.ModelManifest;
import io.millrace.model.gguf.Dequantizer;
import io.millrace.model.gguf.GgufFile;
import io.millrace.model.gguf.ManifestReader;
import io.millrace.model.gguf.SmolLm2;
import io.millrace.model.onnx.ElementType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Float32 weights of the real model, cut for three ranks. */
class RankWeightsTest {
    private static final PagedPrecision FP32 = PagedPrecision.dense(ElementType.FLOAT32);
    private static final int LAYER = 11;
    private static final int HIDDEN = 576;
    private static final int FFN = 1536;

    private GgufFile file;
    private ModelManifest model;
    private RankWeights whole;
    private List<RankWeights> thirds;

    @BeforeEach
    void open() throws IOException {
        file = GgufFile.open(SmolLm2.path());
        model = ManifestReader.read(file, "smol");
        whole = RankWeights.of(file, model, Manifests.whole(model), FP32);
        thirds = ShardPlan.of(model, 3, 1).ranks().stream()
                .map(rank -> RankWeights.of(file, model, rank, FP32))
                .toList();
    }

    @AfterEach
    void close() {
        file.close();
    }

    @Test
    void theRanksQueriesKeysAndValuesAreTheWholeModels() throws IOException {
        float[] all = read(whole, "qkv");
        int head = 64 * HIDDEN;
        assertArrayEquals(slice(all, 0, 9 * head), ofThirds("qkv", 0, 3 * head));
        assertArrayEquals(slice(all, 9 * head, 3 * head), ofThirds("qkv", 3 * head, head));
        assertArrayEquals(slice(all, 12 * head, 3 * head), ofThirds("qkv", 4 * head, head));
    }

    @Test
    void theRanksGatesAndUpsAreTheWholeModels() throws IOException {
        float[] all = read(whole, "gate_up");
        int half = FFN * HIDDEN;
        assertArrayEquals(slice(all, 0, half), ofThirds("gate_up", 0, half / 3));
        assertArrayEquals(slice(all, half, half), ofThirds("gate_up", half / 3, half / 3));
    }

    @Test
    void whatIsCutAlongItsColumnsComesTogetherRowByRow() throws IOException {
        assertArrayEquals(read(whole, "attention_out"), sideBySide("attention_out", HIDDEN / 3));
        assertArrayEquals(read(whole, "down"), sideBySide("down", FFN / 3));
    }

    @Test
    void everyRankHasTheNorms() throws IOException {
        float[] stored = Dequantizer.all(file.tensor("blk." + LAYER + ".ffn_norm.weight"));
        for (RankWeights third : thirds) {
            assertArrayEquals(stored, read(third, "ffn_norm"));
        }
    }

    /** Neighbouring rows of a head of the file rotate together, in the graph those that are half a head apart. */
    @Test
    void queryRowsAreBroughtIntoHalves() throws IOException {
        float[] all = read(whole, "qkv");
        float[] stored = new float[HIDDEN];
        Dequantizer.row(file.tensor("blk." + LAYER + ".attn_q.weight"), 64 + 2 * 5 + 1, stored, 0);
        assertArrayEquals(stored, slice(all, (64 + 5 + 32) * HIDDEN, HIDDEN));
    }

    @Test
    void tensorsAreReadFromEndToEndInPiecesOfWholeRows() throws IOException {
        WeightTensor tensor = tensor(whole, "gate_up");
        int staged = 100 * HIDDEN * Float.BYTES + 50;
        List<Long> offsets = new ArrayList<>();
        whole.read(tensor, MemorySegment.ofArray(new byte[staged]), (piece, offset) -> offsets.add(offset));
        assertEquals(31, offsets.size());
        for (int i = 0; i < offsets.size(); i++) {
            assertEquals(100L * i * HIDDEN * Float.BYTES, offsets.get(i));
        }
    }

    @Test
    void stagingMemoryThatHoldsNoRowIsRefused() {
        MemorySegment small = MemorySegment.ofArray(new byte[HIDDEN]);
        WeightTensor tensor = tensor(whole, "gate_up");
        assertThrows(IllegalArgumentException.class, () -> whole.read(tensor, small, (piece, offset) -> {}));
    }

    @Test
    void theRotaryTableHoldsTheAnglesOfEveryPosition() throws IOException {
        float[] cos = Tensors.floats(whole, Tensors.named(whole, "rotary_cos"));
        float[] sin = Tensors.floats(whole, Tensors.named(whole, "rotary_sin"));
        assertEquals((8192 + 1) * 32, cos.length);
        assertEquals(1, cos[0]);
        assertEquals(Math.cos(7000 * Math.pow(100_000, -2.0 * 3 / 64)), cos[7000 * 32 + 3], 1e-6);
        assertEquals(Math.sin(7000 * Math.pow(100_000, -2.0 * 3 / 64)), sin[7000 * 32 + 3], 1e-6);
    }

    @Test
    void stagesTogetherHaveEveryLayerOnce() {
        List<String> names = new ArrayList<>();
        for (Rank rank : ShardPlan.of(model, 1, 4).ranks()) {
            RankWeights.of(file, model, rank, FP32).tensors().stream()
                    .map(WeightTensor::name)
                    .filter(name -> name.startsWith("layer"))
                    .forEach(names::add);
        }
        List<String> all = whole.tensors().stream()
                .map(WeightTensor::name)
                .filter(name -> name.startsWith("layer"))
                .toList();
        assertEquals(all, names);
    }

    private float[] ofThirds(String name, int from, int length) throws IOException {
        float[] joined = new float[3 * length];
        for (int i = 0; i < 3; i++) {
            System.arraycopy(read(thirds.get(i), name), from, joined, i * length, length);
        }
        return joined;
    }

    private float[] sideBySide(String name, int columns) throws IOException {
        float[] joined = new float[HIDDEN * columns * 3];
        for (int i = 0; i < 3; i++) {
            float[] third = read(thirds.get(i), name);
            for (int row = 0; row < HIDDEN; row++) {
                System.arraycopy(third, row * columns, joined, (row * 3 + i) * columns, columns);
            }
        }
        return joined;
    }

    private static float[] slice(float[] all, int from, int length) {
        float[] slice = new float[length];
        System.arraycopy(all, from, slice, 0, length);
        return slice;
    }

    private static WeightTensor tensor(RankWeights weights, String name) {
        return Tensors.named(weights, "layer" + LAYER + "." + name);
    }

    private static float[] read(RankWeights weights, String name) throws IOException {
        return Tensors.floats(weights, tensor(weights, name));
    }
}
