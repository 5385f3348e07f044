"""Writes small models with random weights as GGUF, and the logits that decoders.py computes of them.

    python make_decoders.py runtime/ort/src/test/resources/decoders
"""

import base64
import json
import pathlib
import struct
import sys

import numpy as np

from decoders import Decoder, logits

BLOCK = 32
ALIGNMENT = 32
F32, Q8_0 = 0, 8
UINT32, FLOAT32, STRING, ARRAY, INT32 = 4, 6, 8, 9, 5

WINDOW = 7
MODELS = {
    "llama3": Decoder("llama", 2, rope_base=500000.0, rope_divisors=(1, 1.5, 2.5, 4, 8, 8, 8, 8), seed=11),
    "llama_window": Decoder("llama", 2, rope_factor=4.0, window=WINDOW, seed=12),
    "qwen2": Decoder("qwen2", 2, rope_base=1000000.0, tied=True, bias=True, epsilon=1e-6, seed=13),
    "qwen3": Decoder("qwen3", 2, head_dim=32, tied=True, query_key_norm=True, epsilon=1e-6, seed=14),
    "gemma2": Decoder(
        "gemma2", 3, hidden=32, heads=2, kv_heads=1, head_dim=32, ffn=64, tied=True, post_norms=True, gelu=True,
        embedding_scale=np.sqrt(32), attention_softcap=2.0, logit_softcap=3.0, window=WINDOW, global_period=2, seed=15),
    "gemma3": Decoder(
        "gemma3", 6, hidden=32, heads=2, kv_heads=1, head_dim=32, ffn=64, tied=True, post_norms=True, gelu=True,
        query_key_norm=True, embedding_scale=np.sqrt(32), window=WINDOW, global_period=6, rope_base=1000000.0,
        rope_factor=8.0, local_rope_base=10000.0, seed=16),
}


class Weights:
    """Tensors by GGUF's names: as numbers, and as what is stored."""

    def __init__(self, model):
        self.model = model
        self.random = np.random.default_rng(model.seed)
        self.values = {}
        self.stored = []
        self.build()

    def build(self):
        m = self.model
        self.matrix("token_embd", m.vocabulary, m.hidden, 1.0 / m.embedding_scale if m.embedding_scale != 1 else 1.0)
        for layer in range(m.layers):
            self.layer(f"blk.{layer}.")
        self.vector("output_norm.weight", m.hidden)
        if not m.tied:
            self.matrix("output", m.vocabulary, m.hidden, 0.3)
        if m.rope_divisors:
            self.store("rope_freqs.weight", F32, np.array(m.rope_divisors, np.float32))

    def layer(self, prefix):
        m = self.model
        queries, keys = m.heads * m.head_dim, m.kv_heads * m.head_dim
        self.vector(prefix + "attn_norm.weight", m.hidden)
        for name, rows in (("attn_q", queries), ("attn_k", keys), ("attn_v", keys)):
            rotated = name != "attn_v" and m.family == "llama"
            self.matrix(prefix + name, rows, m.hidden, 0.25, rotated)
            if m.bias:
                self.vector(prefix + name + ".bias", rows, mean=0.0, deviation=0.7)
        if m.query_key_norm:
            self.vector(prefix + "attn_q_norm.weight", m.head_dim, deviation=0.4)
            self.vector(prefix + "attn_k_norm.weight", m.head_dim, deviation=0.4)
        self.matrix(prefix + "attn_output", m.hidden, queries, 0.25)
        if m.post_norms:
            self.vector(prefix + "post_attention_norm.weight", m.hidden)
            self.vector(prefix + "post_ffw_norm.weight", m.hidden)
        self.vector(prefix + "ffn_norm.weight", m.hidden)
        self.matrix(prefix + "ffn_gate", m.ffn, m.hidden, 0.2)
        self.matrix(prefix + "ffn_up", m.ffn, m.hidden, 0.2)
        self.matrix(prefix + "ffn_down", m.hidden, m.ffn, 0.2)

    def vector(self, name, length, mean=1.0, deviation=0.2):
        values = (mean + deviation * self.random.standard_normal(length)).astype(np.float32)
        self.values[name] = values.astype(np.float64)
        self.store(name, F32, values)

    def matrix(self, name, rows, columns, deviation, interleaved=False):
        """Random blocks of Q8_0: what is stored is exactly what is computed with."""
        blocks = (rows, columns // BLOCK)
        levels = np.clip(np.rint(40 * self.random.standard_normal((*blocks, BLOCK))), -127, 127).astype(np.int8)
        scales = (deviation / 40 * (1 + 0.3 * self.random.random(blocks))).astype(np.float16)
        values = scales.astype(np.float64)[..., None] * levels
        self.values[name + ".weight"] = values.reshape(rows, columns)
        if interleaved:
            order = self.interleaved(rows)
            levels, scales = levels[order], scales[order]
        packed = np.concatenate([scales[..., None].view(np.int8), levels], axis=-1)
        self.store(name + ".weight", Q8_0, packed, (rows, columns))

    def interleaved(self, rows):
        """GGUF's Llama files hold halves j and j + head_dim / 2 of a head as rows 2j and 2j + 1."""
        return np.arange(rows).reshape(-1, 2, self.model.head_dim // 2).swapaxes(1, 2).reshape(-1)

    def store(self, name, kind, data, shape=None):
        self.stored.append((name, kind, shape or data.shape, data.tobytes()))


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def metadata(model):
    family = model.family + "."
    yield "general.architecture", STRING, text(model.family)
    integers = {
        "block_count": model.layers,
        "embedding_length": model.hidden,
        "attention.head_count": model.heads,
        "attention.head_count_kv": model.kv_heads,
        "attention.key_length": model.head_dim,
        "attention.value_length": model.head_dim,
        "feed_forward_length": model.ffn,
        "context_length": model.context,
    }
    if model.window:
        integers["attention.sliding_window"] = model.window
    for key, value in integers.items():
        yield family + key, UINT32, struct.pack("<I", value)
    reals = {"rope.freq_base": model.rope_base, "attention.layer_norm_rms_epsilon": model.epsilon}
    if model.rope_factor != 1:
        yield family + "rope.scaling.type", STRING, text("linear")
        reals["rope.scaling.factor"] = model.rope_factor
    if model.attention_softcap:
        reals["attn_logit_softcapping"] = model.attention_softcap
    if model.logit_softcap:
        reals["final_logit_softcapping"] = model.logit_softcap
    for key, value in reals.items():
        yield family + key, FLOAT32, struct.pack("<f", value)
    yield "tokenizer.ggml.model", STRING, text("gpt2")
    yield "tokenizer.ggml.eos_token_id", UINT32, struct.pack("<I", 0)
    tokens = b"".join(text(f"t{i}") for i in range(model.vocabulary))
    yield "tokenizer.ggml.tokens", ARRAY, struct.pack("<IQ", STRING, model.vocabulary) + tokens


def gguf(model, weights):
    pairs = list(metadata(model))
    header = struct.pack("<IIQQ", 0x46554747, 3, len(weights.stored), len(pairs))
    header += b"".join(text(key) + struct.pack("<I", kind) + value for key, kind, value in pairs)
    data = b""
    for name, kind, shape, content in weights.stored:
        header += text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *reversed(shape))
        header += struct.pack("<IQ", kind, len(data))
        data += content + bytes(-len(content) % ALIGNMENT)
    return header + bytes(-len(header) % ALIGNMENT) + data


def distance(expected, other):
    return float(np.sqrt(np.mean((expected - other) ** 2) / np.mean(expected**2)))


def golden(model, values):
    random = np.random.default_rng(model.seed + 1000)
    sequences = [random.integers(0, model.vocabulary, length) for length in (24, 17)]
    expected = [logits(model, values, tokens) for tokens in sequences]
    without = {
        name: distance(expected[0], logits(mutant, values, sequences[0])) for name, mutant in model.mutants().items()
    }
    return {
        "sequences": [
            {"tokens": tokens.tolist(), "logits": base64.b64encode(rows.astype("<f4").tobytes()).decode()}
            for tokens, rows in zip(sequences, expected)
        ],
        "without": {name: round(value, 4) for name, value in without.items()},
    }


def main(folder):
    for name, model in MODELS.items():
        weights = Weights(model)
        (folder / f"{name}.gguf").write_bytes(gguf(model, weights))
        record = golden(model, weights.values)
        (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
        print(name, record["without"])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
