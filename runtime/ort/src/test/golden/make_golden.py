"""Writes the golden files: prompts, their token ids, and what an fp32 forward pass says follows them.

Independent of Millrace's Java: its own GGUF parser, the PyPI package `tokenizers` for text -> ids, jinja2 for the
chat template, numpy for the model. See ../resources/golden/README.md for the format and the exact command.

    make_golden.py MODEL.gguf OUT_DIR [--ids-only]
"""

import base64
import hashlib
import json
import re
import struct
import sys
from pathlib import Path

import jinja2
import numpy as np
import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

sys.path.insert(0, str(Path(__file__).parent))
from prompts import PROMPTS

STEPS = 32
TOP = 64


# ---- GGUF ------------------------------------------------------------------------------------------------------

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}


class Gguf:
    def __init__(self, path):
        self.raw = np.memmap(path, np.uint8, "r")
        self.at = 0
        assert self.bytes(4) == b"GGUF" and self.scalar("I") == 3
        tensor_count, key_count = self.scalar("Q"), self.scalar("Q")
        self.meta = {self.string(): self.value(self.scalar("I")) for _ in range(key_count)}
        records = [self.record() for _ in range(tensor_count)]
        start = -(-self.at // 32) * 32
        self.records = {name: (shape, kind, start + offset) for name, shape, kind, offset in records}

    def bytes(self, count):
        self.at += count
        return self.raw[self.at - count : self.at].tobytes()

    def scalar(self, code):
        return struct.unpack("<" + code, self.bytes(struct.calcsize(code)))[0]

    def string(self):
        return self.bytes(self.scalar("Q")).decode("utf-8")

    def value(self, kind):
        if kind == 8:
            return self.string()
        if kind == 9:
            element, count = self.scalar("I"), self.scalar("Q")
            return [self.value(element) for _ in range(count)]
        return self.scalar(SCALARS[kind])

    def record(self):
        name = self.string()
        shape = [self.scalar("Q") for _ in range(self.scalar("I"))][::-1]
        return name, shape, self.scalar("I"), self.scalar("Q")

    def tensor(self, name):
        """Dequantized to float32, rows first."""
        shape, kind, start = self.records[name]
        count = int(np.prod(shape))
        if kind == 0:
            return self.raw[start : start + 4 * count].view("<f4").reshape(shape).copy()
        size = {3: 20, 8: 34}[kind]
        blocks = self.raw[start : start + count // 32 * size].reshape(-1, size)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        if kind == 8:
            values = scale * blocks[:, 2:].view(np.int8).astype(np.float32)
        else:
            minimum = blocks[:, 2:4].copy().view("<f2").astype(np.float32)
            nibbles = np.concatenate([blocks[:, 4:] & 15, blocks[:, 4:] >> 4], axis=1)
            values = scale * nibbles.astype(np.float32) + minimum
        return values.reshape(shape)


# ---- text -> ids ------------------------------------------------------------------------------------------------


def tokenizer_of(gguf):
    """Byte-level BPE; `smollm` splits off every digit, then as GPT-2 does. Control tokens are found in the text."""
    assert gguf.meta["tokenizer.ggml.model"] == "gpt2" and gguf.meta["tokenizer.ggml.pre"] == "smollm"
    tokens = gguf.meta["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in gguf.meta["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = [t for t, kind in zip(tokens, gguf.meta["tokenizer.ggml.token_type"]) if kind in (3, 4)]
    tokenizer.add_special_tokens(control)
    return tokenizer


def render(gguf, messages):
    environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(gguf.meta["tokenizer.chat_template"])
    return template.render(messages=messages, add_generation_prompt=True)


# ---- the model --------------------------------------------------------------------------------------------------


class Llama:
    """A plain forward pass in float32 with a KV cache."""

    def __init__(self, gguf):
        meta = {k.removeprefix("llama."): v for k, v in gguf.meta.items() if k.startswith("llama.")}
        self.layers, self.heads = meta["block_count"], meta["attention.head_count"]
        self.kv_heads, self.width = meta["attention.head_count_kv"], meta["rope.dimension_count"]
        self.epsilon = np.float32(meta["attention.layer_norm_rms_epsilon"])
        self.frequencies = meta["rope.freq_base"] ** (-np.arange(0, self.width, 2, dtype=np.float64) / self.width)
        self.weights = {name: gguf.tensor(name) for name in gguf.records}
        self.embedding = self.weights["token_embd.weight"]
        self.head = self.weights.get("output.weight", self.embedding)

    def norm(self, x, name):
        return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + self.epsilon) * self.weights[name]

    def rotate(self, x, first):
        """x [heads, tokens, width]. GGUF's converter permuted the rows, so that neighbours are the pairs."""
        angles = np.arange(first, first + x.shape[1])[:, None] * self.frequencies
        cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
        even, odd = x[..., 0::2], x[..., 1::2]
        return np.stack([even * cos - odd * sin, even * sin + odd * cos], axis=-1).reshape(x.shape)

    def split(self, x, heads):
        return x.reshape(len(x), heads, self.width).transpose(1, 0, 2)

    def attention(self, x, blk, cache, layer):
        q = self.split(x @ self.weights[blk + "attn_q.weight"].T, self.heads)
        k = self.split(x @ self.weights[blk + "attn_k.weight"].T, self.kv_heads)
        v = self.split(x @ self.weights[blk + "attn_v.weight"].T, self.kv_heads)
        past = cache[layer][0].shape[1] if layer in cache else 0
        q, k = self.rotate(q, past), self.rotate(k, past)
        if past:
            k, v = np.concatenate([cache[layer][0], k], axis=1), np.concatenate([cache[layer][1], v], axis=1)
        cache[layer] = k, v
        group = self.heads // self.kv_heads
        k, v = np.repeat(k, group, axis=0), np.repeat(v, group, axis=0)
        scores = q @ k.transpose(0, 2, 1) / np.float32(np.sqrt(self.width))
        future = np.arange(k.shape[1])[None, :] > past + np.arange(len(x))[:, None]
        scores = np.where(future, np.float32(-np.inf), scores)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = scores / scores.sum(axis=-1, keepdims=True) @ v
        return mixed.transpose(1, 0, 2).reshape(len(x), -1) @ self.weights[blk + "attn_output.weight"].T

    def feed_forward(self, x, blk):
        gate = x @ self.weights[blk + "ffn_gate.weight"].T
        up = x @ self.weights[blk + "ffn_up.weight"].T
        return (gate / (1 + np.exp(-gate)) * up) @ self.weights[blk + "ffn_down.weight"].T

    def logits(self, ids, cache):
        """Of the position after the last of `ids`, which follow what is in the cache."""
        x = self.embedding[ids]
        for layer in range(self.layers):
            blk = f"blk.{layer}."
            x = x + self.attention(self.norm(x, blk + "attn_norm.weight"), blk, cache, layer)
            x = x + self.feed_forward(self.norm(x, blk + "ffn_norm.weight"), blk)
        return self.norm(x[-1], "output_norm.weight") @ self.head.T


def continuation(model, ids):
    """STEPS greedy tokens, with the distribution each was taken from. Goes on past an end token."""
    cache, feed, steps = {}, ids, []
    for _ in range(STEPS):
        logits = model.logits(np.array(feed), cache)
        top = np.argsort(-logits, kind="stable")[:TOP]
        wide = logits.astype(np.float64)
        logsumexp = wide.max() + np.log(np.exp(wide - wide.max()).sum())
        steps.append((top, logits[top], logsumexp))
        feed = [int(top[0])]
    return steps


# ---- files ------------------------------------------------------------------------------------------------------


def base64_of(array, dtype):
    return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode()


def write(path, document):
    """One member a line, so that a difference can be read."""
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in document.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main(model_path, out, ids_only):
    gguf = Gguf(model_path)
    tokenizer = tokenizer_of(gguf)
    model = None if ids_only else Llama(gguf)
    digest = hashlib.sha256(gguf.raw).hexdigest()
    for name, prompt in PROMPTS.items():
        text = prompt if isinstance(prompt, str) else render(gguf, prompt)
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        assert tokenizer.decode(ids, skip_special_tokens=False) == text, name
        document = {"name": name, "gguf_sha256": digest}
        document |= {"prompt": prompt} if isinstance(prompt, str) else {"messages": prompt}
        document |= {"rendered": text, "prompt_ids": ids}
        if model:
            steps = continuation(model, ids)
            tokens = [int(top[0]) for top, _, _ in steps]
            document["continuation"] = tokens
            document["continuation_text"] = tokenizer.decode(tokens, skip_special_tokens=False)
            document["gap"] = [round(float(values[0] - values[1]), 4) for _, values, _ in steps]
            document["logsumexp"] = [round(float(total), 6) for _, _, total in steps]
            document["top_ids"] = base64_of([top for top, _, _ in steps], "<u2")
            document["top_logits"] = base64_of([values for _, values, _ in steps], "<f4")
            print(f"{name}: {len(ids)} ids -> {document['continuation_text']!r}, least gap {min(document['gap'])}")
        write(Path(out) / f"{name}.json", document)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--ids-only"]
    main(*arguments, ids_only="--ids-only" in sys.argv)
