"""A decoder-only transformer in plain numpy, float64, written from the papers and the published configurations.

Weights are a dict by GGUF's tensor names, rows as Hugging Face orders them (rotation of halves).
"""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Decoder:
    family: str
    layers: int
    hidden: int = 64
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 16
    ffn: int = 96
    vocabulary: int = 64
    context: int = 64
    epsilon: float = 1e-5
    rope_base: float = 10000.0
    rope_factor: float = 1.0
    rope_divisors: tuple = ()
    tied: bool = False
    bias: bool = False
    query_key_norm: bool = False
    post_norms: bool = False
    gelu: bool = False
    embedding_scale: float = 1.0
    attention_softcap: float = 0.0
    logit_softcap: float = 0.0
    window: int = 0
    global_period: int = 0
    local_rope_base: float = 0.0
    seed: int = 1

    def is_local(self, layer):
        return self.window > 0 and (self.global_period == 0 or (layer + 1) % self.global_period != 0)

    def mutants(self):
        """The same weights in models that each lack, or miss by one, a single trait."""
        changes = {
            "rope_factor": dict(rope_factor=1.0),
            "rope_divisors": dict(rope_divisors=()),
            "bias": dict(bias=False),
            "query_key_norm": dict(query_key_norm=False),
            "post_norms": dict(post_norms=False),
            "gelu": dict(gelu=False),
            "embedding_scale": dict(embedding_scale=1.0),
            "attention_softcap": dict(attention_softcap=0.0),
            "logit_softcap": dict(logit_softcap=0.0),
            "local_rope_base": dict(local_rope_base=0.0),
            "global_period": dict(global_period=0),
        }
        used = {name: change for name, change in changes.items() if change != {k: getattr(self, k) for k in change}}
        if self.window:
            used["window_less_one"] = dict(window=self.window - 1)
            used["window_plus_one"] = dict(window=self.window + 1)
        return {name: replace(self, **change) for name, change in used.items()}


def rms_norm(x, weight, epsilon):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + epsilon) * weight


def soft_cap(x, cap):
    return cap * np.tanh(x / cap) if cap else x


def activation(x, gelu):
    if gelu:
        return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
    return x / (1 + np.exp(-x))


def rotate(x, model, local):
    """x: [positions, heads, head_dim]."""
    half = model.head_dim // 2
    pair = np.arange(half)
    base = model.local_rope_base if local and model.local_rope_base else model.rope_base
    frequency = base ** (-2.0 * pair / model.head_dim)
    if not (local and model.local_rope_base):
        frequency = frequency / model.rope_factor
        if model.rope_divisors:
            frequency = frequency / np.array(model.rope_divisors)
    angle = np.arange(len(x))[:, None] * frequency
    cos, sin = np.cos(angle)[:, None, :], np.sin(angle)[:, None, :]
    first, second = x[..., :half], x[..., half:]
    return np.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


def attention(x, model, w, prefix, layer):
    count = len(x)

    def project(name, heads):
        y = x @ w[prefix + name + ".weight"].T
        if model.bias:
            y = y + w[prefix + name + ".bias"]
        return y.reshape(count, heads, model.head_dim)

    q = project("attn_q", model.heads)
    k = project("attn_k", model.kv_heads)
    v = project("attn_v", model.kv_heads)
    if model.query_key_norm:
        q = rms_norm(q, w[prefix + "attn_q_norm.weight"], model.epsilon)
        k = rms_norm(k, w[prefix + "attn_k_norm.weight"], model.epsilon)
    local = model.is_local(layer)
    q, k = rotate(q, model, local), rotate(k, model, local)
    group = model.heads // model.kv_heads
    query, key = np.arange(count)[:, None], np.arange(count)[None, :]
    seen = key <= query
    if local:
        seen &= query - key < model.window
    result = np.empty((count, model.heads, model.head_dim))
    for head in range(model.heads):
        scores = q[:, head] @ k[:, head // group].T / np.sqrt(model.head_dim)
        scores = np.where(seen, soft_cap(scores, model.attention_softcap), -np.inf)
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        result[:, head] = weights / weights.sum(axis=-1, keepdims=True) @ v[:, head // group]
    return result.reshape(count, -1) @ w[prefix + "attn_output.weight"].T


def feed_forward(x, model, w, prefix):
    gate = activation(x @ w[prefix + "ffn_gate.weight"].T, model.gelu)
    return gate * (x @ w[prefix + "ffn_up.weight"].T) @ w[prefix + "ffn_down.weight"].T


def logits(model, w, tokens):
    """float64 [positions, vocabulary]."""

    def post(x, name):
        return rms_norm(x, w[name], model.epsilon) if model.post_norms else x

    x = w["token_embd.weight"][tokens] * model.embedding_scale
    for layer in range(model.layers):
        prefix = f"blk.{layer}."
        attended = attention(rms_norm(x, w[prefix + "attn_norm.weight"], model.epsilon), model, w, prefix, layer)
        x = x + post(attended, prefix + "post_attention_norm.weight")
        fed = feed_forward(rms_norm(x, w[prefix + "ffn_norm.weight"], model.epsilon), model, w, prefix)
        x = x + post(fed, prefix + "post_ffw_norm.weight")
    x = rms_norm(x, w["output_norm.weight"], model.epsilon)
    head = w["token_embd.weight"] if model.tied else w["output.weight"]
    return soft_cap(x @ head.T, model.logit_softcap)
