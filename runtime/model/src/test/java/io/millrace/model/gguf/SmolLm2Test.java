package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ModelManifest;
import io.millrace.api.TokenizerSpec;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The file that other people's converter wrote. Expected weights come from numpy, by make_golden.py's dequantizer. */
class SmolLm2Test {
    private GgufFile file;

    @BeforeEach
    void open() throws IOException {
        file = GgufFile.open(SmolLm2.path());
    }

    @AfterEach
    void close() {
        file.close();
    }

    @Test
    void itsManifestIsRead() throws GgufException {
        ModelManifest expected =
                new ModelManifest("smollm2", 30, 576, 9, 3, 64, 1536, 49_152, 8192, 100_000, 1e-5f, true, true, false);
        assertEquals(expected, ManifestReader.read(file, "smollm2"));
        assertEquals(272, file.tensors().size());
    }

    @Test
    void itsTokenizerIsRead() throws GgufException {
        TokenizerSpec spec = TokenizerReader.read(file);
        assertEquals("gpt2", spec.model());
        assertEquals("smollm", spec.preTokenizer());
        assertEquals("<|im_start|>", spec.tokens().get(spec.bosId()));
        assertEquals("<|im_end|>", spec.tokens().get(spec.eosId()));
        assertEquals(3, spec.types().get(spec.eosId()));
        assertEquals(49_152, spec.tokens().size());
        assertEquals(48_900, spec.merges().size());
        assertEquals("Ġ t", spec.merges().getFirst());
        assertTrue(spec.chatTemplate().orElseThrow().contains("add_generation_prompt"));
    }

    @Test
    void itsWeightsAreThoseThatNumpySees() throws GgufException {
        row("token_embd.weight", 49_151, 0.011505126953125f, -0.0417022705078125f, -0.4662208557128906);
        row("blk.29.ffn_down.weight", 575, -0.22918701171875f, 0.056640625f, -5.229949951171875);
        row("blk.7.attn_q.weight", 64, 0.048309326171875f, 0.09661865234375f, 3.524566650390625);
        row("output_norm.weight", 0, 1.7578125f, 1.984375f, 1038.33203125);
    }

    private void row(String name, long row, float first, float last, double sum) throws GgufException {
        GgufTensor tensor = file.tensor(name);
        float[] values = new float[(int) tensor.columns()];
        Dequantizer.row(tensor, row, values, 0);
        assertEquals(first, values[0]);
        assertEquals(last, values[values.length - 1]);
        double total = 0;
        for (float value : values) {
            total += value;
        }
        assertEquals(sum, total, 1e-9);
    }
}
