"""Writes small models as Hugging Face lays them out, and the logits that decoders.py computes of them.

    python make_directories.py runtime/ort/src/test/resources/decoders
"""

import json
import pathlib
import struct
import sys

import numpy as np
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from decoders import Decoder
from make_decoders import golden

BLOCK = 32
WORDS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
         r"|\s+(?!\S)|\s+")
CORPUS = ["The mill turns as the water runs over its wheel.", "Streams of tokens run from the mill to the sea."] * 9
TEXTS = ["The mill runs 12345 times.", " over  the sea\n", "Wörter 🦜"]

DIVISORS = dict(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)


def llama3_divisors(base, head_dim):
    """As published with Llama 3.1, in terms of wavelengths."""
    low = DIVISORS["original_max_position_embeddings"] / DIVISORS["low_freq_factor"]
    high = DIVISORS["original_max_position_embeddings"] / DIVISORS["high_freq_factor"]
    result = []
    for pair in range(head_dim // 2):
        frequency = base ** (-2 * pair / head_dim)
        wavelength = 2 * np.pi / frequency
        if wavelength < high:
            scaled = frequency
        elif wavelength > low:
            scaled = frequency / DIVISORS["factor"]
        else:
            smooth = (DIVISORS["original_max_position_embeddings"] / wavelength - DIVISORS["low_freq_factor"]) / (
                DIVISORS["high_freq_factor"] - DIVISORS["low_freq_factor"])
            scaled = (1 - smooth) * frequency / DIVISORS["factor"] + smooth * frequency
        result.append(frequency / scaled)
    return tuple(result)


MODELS = {
    "llama3_directory": (
        Decoder("llama", 2, vocabulary=320, rope_base=10000.0, rope_divisors=llama3_divisors(10000.0, 16), seed=31),
        "bf16", 2),
    "gemma3_directory": (
        Decoder(
            "gemma3", 3, hidden=32, heads=2, kv_heads=1, head_dim=32, ffn=64, vocabulary=384, tied=True,
            post_norms=True, gelu=True, query_key_norm=True, embedding_scale=np.sqrt(32), window=7, global_period=3,
            rope_base=1000000.0, local_rope_base=10000.0, epsilon=1e-6, seed=32),
        "f16", 1),
}

NAMES = {
    "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj", "post_attention_norm": "post_attention_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}


def rounded(values, kind):
    """float64 that a stored type holds exactly."""
    if kind == "f16":
        return values.astype(np.float16).astype(np.float64)
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x8000) & 0xFFFF0000).view(np.float32).astype(np.float64)


def weights(model, kind):
    random = np.random.default_rng(model.seed)
    w = {}

    def matrix(name, rows, columns, deviation):
        w[name + ".weight"] = rounded(deviation * random.standard_normal((rows, columns)), kind)

    def norm(name, length, deviation=0.2):
        w[name + ".weight"] = 1 + rounded(deviation * random.standard_normal(length), "f16")

    m, queries, keys = model, model.heads * model.head_dim, model.kv_heads * model.head_dim
    matrix("token_embd", m.vocabulary, m.hidden, 1 / m.embedding_scale)
    for layer in range(m.layers):
        p = f"blk.{layer}."
        norm(p + "attn_norm", m.hidden)
        matrix(p + "attn_q", queries, m.hidden, 0.25)
        matrix(p + "attn_k", keys, m.hidden, 0.25)
        matrix(p + "attn_v", keys, m.hidden, 0.25)
        matrix(p + "attn_output", m.hidden, queries, 0.25)
        norm(p + "ffn_norm", m.hidden)
        if m.query_key_norm:
            norm(p + "attn_q_norm", m.head_dim, 0.4)
            norm(p + "attn_k_norm", m.head_dim, 0.4)
        if m.post_norms:
            norm(p + "post_attention_norm", m.hidden)
            norm(p + "post_ffw_norm", m.hidden)
        matrix(p + "ffn_gate", m.ffn, m.hidden, 0.2)
        matrix(p + "ffn_up", m.ffn, m.hidden, 0.2)
        matrix(p + "ffn_down", m.hidden, m.ffn, 0.2)
    norm("output_norm", m.hidden)
    if not m.tied:
        matrix("output", m.vocabulary, m.hidden, 0.3)
    return w


def hugging_face_name(name, model):
    whole = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
             "output.weight": "lm_head.weight"}
    if name in whole:
        return whole[name]
    _, layer, part, end = name.split(".")
    feed_forward = "pre_feedforward_layernorm" if model.post_norms else "post_attention_layernorm"
    return f"model.layers.{layer}.{NAMES.get(part, feed_forward)}.{end}"


def stored(name, values, model, kind):
    if "norm" in name:
        values = values - 1 if model.family == "gemma3" else values
        return "F32", values.astype("<f4").tobytes()
    if kind == "f16":
        return "F16", values.astype("<f2").tobytes()
    return "BF16", (values.astype(np.float32).view(np.uint32) >> 16).astype("<u2").tobytes()


def safetensors(tensors):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def write_weights(folder, model, kind, files, w):
    tensors = {}
    for name, values in w.items():
        dtype, content = stored(name, values, model, kind)
        tensors[hugging_face_name(name, model)] = (dtype, list(values.shape), content)
    if files == 1:
        (folder / "model.safetensors").write_bytes(safetensors(tensors))
        return
    names, index = list(tensors), {}
    for i in range(files):
        file = f"model-{i + 1:05d}-of-{files:05d}.safetensors"
        part = {name: tensors[name] for name in names[i::files]}
        (folder / file).write_bytes(safetensors(part))
        index |= {name: file for name in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))


def config(m):
    common = dict(
        hidden_size=m.hidden, num_hidden_layers=m.layers, num_attention_heads=m.heads,
        num_key_value_heads=m.kv_heads, intermediate_size=m.ffn, vocab_size=m.vocabulary,
        max_position_embeddings=m.context, rms_norm_eps=m.epsilon, rope_theta=m.rope_base)
    if m.family == "llama":
        return common | dict(
            model_type="llama", hidden_act="silu", tie_word_embeddings=False,
            rope_scaling=dict(rope_type="llama3") | DIVISORS)
    layers = ["full_attention" if (i + 1) % m.global_period == 0 else "sliding_attention" for i in range(m.layers)]
    return common | dict(
        model_type="gemma3_text", hidden_activation="gelu_pytorch_tanh", head_dim=m.head_dim, sliding_window=m.window,
        layer_types=layers, rope_local_base_freq=m.local_rope_base, query_pre_attn_scalar=m.head_dim,
        attn_logit_softcapping=None, final_logit_softcapping=None, rope_scaling=None)


def byte_level():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(WORDS), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
        special_tokens=["<|begin_of_text|>", "<|eot_id|>"]))
    return tokenizer


def single_bytes():
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=380, show_progress=False, special_tokens=special + [f"<0x{i:02X}>" for i in range(256)]))
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = [token for token in state["added_tokens"] if token["content"] in special]
    return Tokenizer.from_str(json.dumps(state))


def write_tokenizer(folder, family):
    tokenizer = byte_level() if family == "llama" else single_bytes()
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = (dict(bos_token="<|begin_of_text|>", eos_token={"content": "<|eot_id|>"}) if family == "llama"
                else dict(bos_token="<bos>", eos_token="<eos>", add_bos_token=True))
    settings["chat_template"] = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in TEXTS]


def main(root):
    for name, (model, kind, files) in MODELS.items():
        folder = root / name
        folder.mkdir(exist_ok=True)
        w = weights(model, kind)
        write_weights(folder, model, kind, files, w)
        (folder / "config.json").write_text(json.dumps(config(model), indent=1))
        record = golden(model, w) | {"texts": write_tokenizer(folder, model.family)}
        (root / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
        print(name, record["without"])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
