#!/usr/bin/env python3
"""Checks Millrace's CUDA kernels on a GPU against PyTorch and numpy, and times the matmul of few rows.

    python3 loadtest/gpu/kernels.py          needs a GPU, PyTorch, CuPy and numpy; under a minute
    python3 loadtest/gpu/kernels.py decode   those of the attention of decode steps alone, in less than 20 s

Compiles every .cu of runtime/ort as the node does, prints a line of PASS or FAIL for each case, then GB/s of weights read.
Exits with the number of failures (at most 100).
"""
import pathlib
import statistics
import sys
import time
import traceback

import numpy as np

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "runtime/ort/src/main/resources/io/millrace/ort/cuda"
WARPS = (4, 8, 16)
# (N, K) of DeepSeek LLM 7B: attention in, attention out, gate and up, down, head.
SHAPES = ((12288, 4096), (4096, 4096), (22016, 4096), (4096, 11008), (102400, 4096))
# struct Row of sample.cu
ROW = np.dtype([("seed", "u8"), ("position", "i4"), ("slot", "i4"), ("temperature", "f4"), ("topK", "i4"), ("topP", "f4"),
                ("minP", "f4"), ("repetition", "f4"), ("presence", "f4"), ("frequency", "f4"), ("historyBegin", "i4"),
                ("historyEnd", "i4"), ("promptLength", "i4"), ("pending", "i4"), ("unused", "i4")])
MASK = (1 << 64) - 1
INCREMENT = 0x9E3779B97F4A7C15
failures = 0


# --- References, in numpy alone ---

def mix(z):
    z = ((z ^ z >> 30) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ z >> 27) * 0x94D049BB133111EB) & MASK
    return z ^ z >> 31


def uniform(seed, position):
    """io.millrace.ort.CounterRandom."""
    return (mix((mix((seed + INCREMENT) & MASK) + position * INCREMENT) & MASK) >> 11) * 2.0 ** -53


def penalized(logits, row, history, rounded):
    tokens = np.asarray(history, dtype=np.int64)
    counts = np.bincount(tokens[row["promptLength"]:], minlength=len(logits))
    seen = np.bincount(tokens, minlength=len(logits)) > 0
    changed = logits.astype(np.float32)
    x = changed[seen]
    x = np.where(x > 0, x / row["repetition"], x * row["repetition"])
    count = counts[seen]
    changed[seen] = x - np.where(count > 0, row["presence"] + count * row["frequency"], 0).astype(np.float32)
    changed[seen] = rounded(changed[seen])
    return changed


def reference_sample(logits, row, history, rounded):
    """(id, logarithm of its probability, how near the draw came to the next token), for float32 logits [vocabulary]."""
    raw = logits.astype(np.float64) - logits.max()
    raw -= np.log(np.exp(raw).sum())
    if row["repetition"] != 1 or row["presence"] != 0 or row["frequency"] != 0:
        logits = penalized(logits, row, history, rounded)
    x = logits.astype(np.float64)
    order = np.argsort(-x, kind="stable")
    shifted = x - x.max()
    if row["temperature"] == 0:
        return int(order[0]), raw[order[0]], 1.0
    weights = np.exp(shifted / row["temperature"])
    near = 1.0
    if row["topK"] == 0 and row["topP"] >= 1 and row["minP"] == 0:
        order = np.arange(len(x))
    else:
        kept = order[:min(row["topK"] or 1024, 1024)]
        w = weights[kept]
        mass = np.inf if row["topP"] >= 1 else row["topP"] * (w.sum() if row["topK"] else weights.sum())
        before = np.cumsum(w) - w
        inside = (before < mass) & (w >= row["minP"])
        inside[0] = True
        near = 1.0 if np.isinf(mass) else np.abs(before - mass).min() / mass
        order = kept[:int(np.argmin(inside)) if not inside.all() else len(kept)]
    reached = np.cumsum(weights[order])
    target = uniform(int(row["seed"]), int(row["position"])) * reached[-1]
    chosen = min(int(np.searchsorted(reached, target, side="right")), len(order) - 1)
    near = min(near, np.abs(reached - target).min() / reached[-1])
    return int(order[chosen]), raw[order[chosen]], near


def random_rows(rng, count, vocabulary):
    """Rows of every kind, and the history they point into."""
    rows = np.zeros(count, ROW)
    history = []
    for i, row in enumerate(rows):
        row["seed"], row["position"], row["slot"] = rng.integers(1 << 63), rng.integers(5000), i + 1
        row["temperature"] = 0 if rng.random() < 0.2 else rng.uniform(0.3, 1.5)
        row["topK"] = rng.choice([0, 1, 5, 50, 700, 1024])
        row["topP"] = rng.choice([1, rng.uniform(0.1, 0.99)])
        row["minP"] = rng.choice([0, 0, rng.uniform(0, 0.2)])
        row["repetition"] = 1
        if rng.random() < 0.5:
            row["repetition"], row["presence"], row["frequency"] = rng.choice([1, 1.3]), rng.choice([0, 0.5]), rng.choice([0, 0.3])
            length = int(rng.integers(0, 3000))
            row["historyBegin"], row["historyEnd"] = len(history), len(history) + length
            row["promptLength"], row["pending"] = length // 2, rng.integers(2)
            history.extend(rng.integers(0, min(vocabulary, 2000), length))
    return rows, np.asarray(history + [0], np.int32)


def row_history(row, history, last_sampled):
    known = history[row["historyBegin"]:row["historyEnd"]]
    return np.append(known, last_sampled[row["slot"]]) if row["pending"] else known


# --- On the device ---

def report(name, passed, note=""):
    global failures
    failures += not passed
    print(f"{'PASS' if passed else 'FAIL'} {name} {note}", flush=True)


def case(name, check):
    """Runs a check that returns (passed, note); one that breaks does not end the others."""
    try:
        report(name, *check())
    except Exception as e:
        traceback.print_exc()
        report(name, False, repr(e))


class Device:
    """The kernels of one activation type."""

    def __init__(self, torch, cupy, bf16, *options):
        self.torch, self.cupy = torch, cupy
        self.type = torch.bfloat16 if bf16 else torch.float16
        self.name = "bf16" if bf16 else "fp16"
        self.options = ("--std=c++17", f"-I{SOURCES}") + (("-DBF16",) if bf16 else ()) + options
        self.modules = {}

    def compile(self, file):
        start = time.time()
        self.modules[file] = self.cupy.RawModule(code=(SOURCES / file).read_text(), options=self.options)
        self.modules[file].compile()
        return True, f"{time.time() - start:.1f} s"

    def launch(self, file, kernel, grid, threads, *arguments):
        """Tensors go as their addresses, ints as int32, None as null."""
        torch, np_ = self.torch, np
        values = tuple(np_.uint64(0) if a is None else np_.uint64(a.data_ptr()) if isinstance(a, torch.Tensor) else np_.int32(a)
                       for a in arguments)
        function = self.modules[file].get_function(kernel)
        with self.cupy.cuda.ExternalStream(torch.cuda.current_stream().cuda_stream):
            function(grid, (threads,), values)

    def random(self, *shape):
        return self.torch.randn(*shape, device="cuda").to(self.type)

    def rounded(self, values):
        return self.torch.from_numpy(np.asarray(values, np.float32)).to(self.type).float().numpy()

    def near(self, out, reference, limit):
        out, reference = out.double(), reference.double()
        error = ((out - reference).norm() / reference.norm()).item()
        return bool(error <= limit), f"relative error {error:.1e}"

    def limit(self, half):
        return half * 8 if self.name == "bf16" else half


def check_resolve(d):
    t = d.torch
    tokens = t.randint(0, 1000, (777,), device="cuda", dtype=t.int32)
    tokens[::3] = -1
    slots = t.randint(0, 64, (777,), device="cuda", dtype=t.int32)
    last = t.randint(0, 1000, (64,), device="cuda", dtype=t.int32)
    expected = t.where(tokens == -1, last[slots.long()], tokens)
    d.launch("elementwise.cu", "resolve", (4,), 256, tokens, slots, last, 777)
    return bool((tokens == expected).all()), ""


def check_silu(d, tokens, features):
    x = d.random(tokens, 2 * features) * 3
    out = d.torch.full((tokens, features), float("nan"), device="cuda", dtype=d.type)
    d.launch("elementwise.cu", "silu_mul", (-(-features // 2048), tokens), 256, x, out, features)
    gate, up = x.double().chunk(2, dim=1)
    return d.near(out, gate * gate.sigmoid() * up, d.limit(4e-4))


def check_quantize(d, rows, width):
    t = d.torch
    x = d.random(rows, width)
    x[0] = 0
    q = t.full((rows, width), 255, device="cuda", dtype=t.uint8)
    scales = t.full((rows,), float("nan"), device="cuda")
    d.launch("quantize.cu", "quantize_rows", (rows,), 256, x, q, scales, width)
    largest = x.float().abs().amax(1)
    expected = t.where(largest > 0, largest / 448, t.ones_like(largest))
    exact = bool(t.allclose(scales, expected, rtol=1e-6))
    passed, note = d.near(q.view(t.float8_e4m3fn).double() * scales.double()[:, None], x, 0.03)
    return passed and exact, note


def check_scale(d, rows, width, bias):
    t = d.torch
    data = t.randn(rows, width, device="cuda").bfloat16()
    r, c = t.rand(rows, device="cuda") + 0.1, t.rand(width, device="cuda") + 0.1
    added = d.random(width) if bias else None
    expected = data.double() * r.double()[:, None] * c.double() + (added.double() if bias else 0)
    d.launch("quantize.cu", "scale_rows_cols", (-(-width // 256), rows), 256, data, r, c, added, width)
    return d.near(data.view(d.type), expected, d.limit(4e-4))


def gemv(d, kind, warps, x, w, scales, bias, y):
    tokens, width = x.shape
    kernel = f"gemv_{kind}_{8 if tokens <= 8 else 16}_{warps}"
    d.launch("gemv.cu", kernel, (-(-w.shape[0] // 16),), warps * 32, x, w, scales, bias, y, tokens, w.shape[0], width)


def check_gemv(d, kind, warps, tokens, rows, width):
    t = d.torch
    x, bias = d.random(tokens, width), d.random(rows) if warps == 8 else None
    w, scales = d.random(rows, width), None
    reference = w.double()
    if kind == "e4m3":
        w = w.float().to(t.float8_e4m3fn)
        scales = t.rand(rows, device="cuda") + 0.5
        reference = w.double() * scales.double()[:, None]
    y = t.full((tokens, rows), float("nan"), device="cuda", dtype=d.type)
    gemv(d, kind, warps, x, w, scales, bias, y)
    expected = x.double() @ reference.T + (0 if bias is None else bias.double())
    return d.near(y, expected, d.limit(4e-4))


def check_gemv_silu(d, kind, warps, tokens, features, width):
    t = d.torch
    x, w, scales = d.random(tokens, width), d.random(2 * features, width) / width ** 0.5, None
    reference = w.double()
    if kind == "e4m3":
        w = (w * 32).float().to(t.float8_e4m3fn)
        scales = (t.rand(2 * features, device="cuda") + 0.5) / 32
        reference = w.double() * scales.double()[:, None]
    y = t.full((tokens, features), float("nan"), device="cuda", dtype=d.type)
    d.launch("gemv.cu", f"gemv_silu_{kind}_{8 if tokens <= 8 else 16}_{warps}", (-(-features // 8),), warps * 32, x, w, scales, None,
             y, tokens, features, width)
    gate, up = (x.double() @ reference.T).chunk(2, dim=1)
    return d.near(y, gate * gate.sigmoid() * up, d.limit(4e-4))


def check_sample(d, vocabulary, seed, spread):
    t = d.torch
    rng = np.random.default_rng(seed)
    count = 32
    rows, history = random_rows(rng, count, vocabulary)
    logits = d.rounded(rng.standard_normal((count, vocabulary)) * spread)
    if seed % 2:
        logits = np.round(logits) + np.float32(0)  # Many ties; and no negative zeros, which numpy does not order.
    last = rng.integers(0, min(vocabulary, 2000), count + 1).astype(np.int32)
    on_device = t.from_numpy(logits).to("cuda").to(d.type)
    counts = t.zeros(count, vocabulary, device="cuda", dtype=t.int32)
    ids = t.full((count,), -9, device="cuda", dtype=t.int32)
    probabilities = t.full((count,), float("nan"), device="cuda")
    last_on_device = t.from_numpy(last).cuda()
    d.launch("sample.cu", "sample", (count,), 1024, on_device, t.from_numpy(rows.view(np.uint8).copy()).cuda(),
             t.from_numpy(history).cuda(), counts, ids, probabilities, last_on_device, vocabulary)
    ids, probabilities = ids.cpu().numpy(), probabilities.cpu().numpy()
    wrong, ambiguous = [], 0
    for i, row in enumerate(rows):
        expected, probability, near = reference_sample(logits[i], row, row_history(row, history, last), d.rounded)
        right = expected == ids[i] and abs(probability - probabilities[i]) < 2e-3
        ambiguous += not right and near < 2e-5
        if not right and near >= 2e-5:
            wrong.append((i, expected, int(ids[i]), probability, float(probabilities[i]), row))
    clean = not bool(counts.any()) and bool((last_on_device[1:].cpu().numpy() == ids).all())
    return not wrong and clean and ambiguous <= 2, f"{ambiguous} ambiguous {wrong[:2]}"


def check_not_finite(d):
    t = d.torch
    rows = np.zeros(3, ROW)
    rows["repetition"], rows["topP"], rows["slot"] = 1, 1, [0, 1, -1]
    logits = d.random(3, 1000)
    logits[0, 7], logits[1, 999] = float("inf"), float("nan")
    ids = t.zeros(3, device="cuda", dtype=t.int32)
    last = t.full((2,), 5, device="cuda", dtype=t.int32)
    d.launch("sample.cu", "sample", (3,), 1024, logits, t.from_numpy(rows.view(np.uint8).copy()).cuda(), None,
             t.zeros(3, 1000, device="cuda", dtype=t.int32), ids, t.zeros(3, device="cuda"), last, 1000)
    expected = [-1, -1, int(logits[2].argmax())]
    return ids.tolist() == expected and last.tolist() == [0, 0], f"{ids.tolist()} {last.tolist()}"


class Decode:
    """A decode step's attention, over a cache whose blocks lie scattered. What no sequence has is not a number."""
    BLOCK = 256

    def __init__(self, d, dim, kv_heads, group, lengths, reach=0):
        t = d.torch
        self.d, self.dim, self.kv_heads, self.group, self.lengths = d, dim, kv_heads, group, lengths
        batch = len(lengths)
        self.width = -(-max(reach, *lengths) // self.BLOCK)
        self.table = t.randperm(batch * self.width, device="cuda").int().reshape(batch, self.width)
        cache = (batch * self.width, self.BLOCK, kv_heads, dim)
        self.keys, self.values = d.random(*cache), d.random(*cache)
        length = t.tensor(lengths, device="cuda")
        position = t.arange(self.width * self.BLOCK, device="cuda").reshape(1, self.width, self.BLOCK)
        unused = position >= length.reshape(-1, 1, 1) - 1
        for cached in (self.keys, self.values):
            blocks = self.table.flatten().long()
            cached[blocks] = cached[blocks].masked_fill(unused.flatten(0, 1)[:, :, None, None], float("nan"))
        self.past = (length - 1).int()
        angles = position.flatten()[:, None] * 10000.0 ** (-t.arange(dim // 2, device="cuda") * 2 / dim)
        self.cos, self.sin = angles.cos().to(d.type), angles.sin().to(d.type)
        self.qkv = d.random(batch, (group + 2) * kv_heads, dim)
        self.out = t.full((batch, group * kv_heads, dim), float("nan"), device="cuda", dtype=d.type)
        # io.millrace.ort.cuda.PagedDecode
        wide = group > 8
        pairs = batch * kv_heads
        self.residents = t.cuda.get_device_properties(0).multi_processor_count * (1 if wide else 2)
        most = max(1, min(64, -(-8 * self.residents // pairs)))
        self.splits = min(most, max(-(-self.residents // pairs), -(-self.width * self.BLOCK // 512)))
        self.partials = t.full((self.splits * pairs * group * (dim + 2),), float("nan"), device="cuda")
        self.counters = t.zeros(pairs, device="cuda", dtype=t.int32)
        self.kernel = f"paged_decode_{dim}_{16 if wide else 8}"

    def launch(self):
        self.d.launch("decode.cu", self.kernel, (len(self.lengths) * self.kv_heads, self.splits), 256, self.qkv, self.keys,
                      self.values, self.past, self.table, self.cos, self.sin, self.partials, self.counters, self.out,
                      self.kv_heads, self.group, self.BLOCK, self.width, self.residents)

    def rotated(self, rows, position):
        first, second = rows.float().chunk(2, dim=-1)
        cos, sin = self.cos[position].float(), self.sin[position].float()
        return self.d.torch.cat((first * cos - second * sin, second * cos + first * sin), -1).to(self.d.type)

    def reference(self, i):
        """(attention, key, value) of sequence i, from the cache without its newest position."""
        t, past = self.d.torch, self.lengths[i] - 1
        q, k, v = self.qkv[i].split((self.group * self.kv_heads, self.kv_heads, self.kv_heads))
        q, k = self.rotated(q, past), self.rotated(k, past)
        keys, values = (c[self.table[i].long()].flatten(0, 1)[:past] for c in (self.keys, self.values))
        keys, values = t.cat((keys, k[None])).float(), t.cat((values, v[None])).float()
        q = q.float().reshape(self.kv_heads, self.group, self.dim)
        weights = (t.einsum("hgd,phd->hgp", q, keys) * self.dim ** -0.5).softmax(-1)
        return t.einsum("hgp,phd->hgd", weights, values).flatten(0, 1), k, v

    def newest(self, i):
        past = self.lengths[i] - 1
        at = self.table[i, past // self.BLOCK], past % self.BLOCK
        return self.keys[at], self.values[at]

    def grow(self):
        """The next step, with a new token of every sequence."""
        self.lengths = [length + 1 for length in self.lengths]
        self.past += 1
        self.qkv.copy_(self.d.random(*self.qkv.shape))
        self.out.fill_(float("nan"))


def check_decode(d, dim, kv_heads, group, lengths):
    t = d.torch
    decode = Decode(d, dim, kv_heads, group, lengths, max(lengths) + 1)
    passed, notes = True, ""
    for _ in range(2):
        expected = [decode.reference(i) for i in range(len(lengths))]
        decode.launch()
        for i, (_, key, value) in enumerate(expected):
            cached = decode.newest(i)
            # To the last bit: PyTorch has no fused multiply-add.
            passed &= bool(t.allclose(cached[0].float(), key.float(), rtol=d.limit(1e-3), atol=d.limit(1e-3)))
            passed &= bool((cached[1] == value).all())
        near, note = d.near(decode.out, t.stack([attention for attention, _, _ in expected]), d.limit(6e-4))
        passed &= near and not bool(decode.counters.any())
        notes += f" {note}"
        decode.grow()
    return passed, f"{decode.splits} splits{notes}"


def check_decode_replay(d):
    """A graph captured once replays while sequences grow over the bounds of spans and blocks."""
    t = d.torch
    decode = Decode(d, 128, 4, 2, [1, 127, 254, 1022], 2048)
    decode.launch()
    t.cuda.synchronize()
    graph = t.cuda.CUDAGraph()
    with t.cuda.graph(graph):
        decode.launch()
    passed, worst = True, 0.0
    for _ in range(6):
        expected = t.stack([decode.reference(i)[0] for i in range(4)])
        graph.replay()
        near, note = d.near(decode.out, expected, d.limit(6e-4))
        passed &= near
        worst = max(worst, float(note.split()[-1]))
        decode.grow()
    return passed, f"relative error {worst:.1e}"


def check_decodes(d):
    case(f"{d.name} compile decode.cu", lambda: d.compile("decode.cu"))
    for dim in (64, 128):
        for kv_heads, group in ((32, 1), (8, 8), (3, 3), (2, 16)):
            for lengths in ((1,), (5,), (255,), (256,), (257,), (2048,), (1, 5, 255, 256, 257, 2048, 700, 30)):
                case(f"{d.name} paged_decode {dim} kv heads {kv_heads} group {group} {lengths}",
                     lambda: check_decode(d, dim, kv_heads, group, lengths))
        for kv_heads, group, batch in ((32, 1, 32), (8, 8, 32), (32, 1, 64), (8, 8, 64)):
            lengths = tuple(1 + 37 * i % 601 for i in range(batch))
            case(f"{d.name} paged_decode {dim} kv heads {kv_heads} group {group} batch {batch}",
                 lambda: check_decode(d, dim, kv_heads, group, lengths))
    case(f"{d.name} paged_decode replays while sequences grow", lambda: check_decode_replay(d))


def check(d):
    for file in ("elementwise.cu", "quantize.cu", "gemv.cu", "sample.cu"):
        case(f"{d.name} compile {file}", lambda: d.compile(file))
    case(f"{d.name} resolve", lambda: check_resolve(d))
    for shape in ((1, 11008), (37, 1536), (2048, 11008), (4096, 22016)):
        case(f"{d.name} silu_mul {shape}", lambda: check_silu(d, *shape))
    for shape in ((1, 4096), (33, 11008), (2048, 4096), (16, 576)):
        case(f"{d.name} quantize_rows {shape}", lambda: check_quantize(d, *shape))
    for shape in ((1, 4096, False), (33, 12288, True), (16, 577, False)):
        case(f"{d.name} scale_rows_cols {shape}", lambda: check_scale(d, *shape))
    for kind in ("half", "e4m3"):
        for warps in WARPS:
            for tokens, rows, width in ((1, 4096, 4096), (2, 577, 576), (3, 33, 11008), (8, 12288, 4096), (5, 100, 1536),
                                        (9, 4096, 4096), (16, 1000, 11008)):
                case(f"{d.name} gemv {kind} warps {warps} T {tokens} N {rows} K {width}",
                     lambda: check_gemv(d, kind, warps, tokens, rows, width))
            for shape in ((1, 11008, 4096), (11, 1537, 576)):
                case(f"{d.name} gemv_silu {kind} warps {warps} {shape}", lambda: check_gemv_silu(d, kind, warps, *shape))
    for seed, (vocabulary, spread) in enumerate(((49152, 3), (102400, 2), (102400, 8), (50257, 3), (37, 1), (128256, 4))):
        case(f"{d.name} sample vocabulary {vocabulary} seed {seed}", lambda: check_sample(d, vocabulary, seed, spread))
    case(f"{d.name} sample of logits that are not finite", lambda: check_not_finite(d))


# --- Timing ---

def seconds(torch, calls, repeats=5):
    """Median seconds of one of the calls, all captured into one graph: each reads memory that no cache still holds."""
    for call in calls[:2]:
        call()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for call in calls:
            call()
    times = []
    for _ in range(repeats + 1):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        graph.replay()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end) / 1e3 / len(calls))
    return statistics.median(times[1:])


READ = r"""
extern "C" __global__ void read(const uint4* in, unsigned int* out, int perThread) {
    unsigned int sum = 0;
    size_t at = (size_t) blockIdx.x * blockDim.x * perThread + threadIdx.x;
#pragma unroll 8
    for (int i = 0; i < perThread; i++) {
        uint4 v = in[at + (size_t) i * blockDim.x];
        sum ^= v.x ^ v.y ^ v.z ^ v.w;
    }
    if (sum == 0x12345678) {
        *out = sum;
    }
}
"""


def read_bandwidth(torch, cupy):
    memory = torch.randint(0, 1 << 30, (1 << 29,), device="cuda", dtype=torch.int32)
    out = torch.zeros(1, device="cuda", dtype=torch.int32)
    kernel = cupy.RawKernel(READ, "read")
    blocks = memory.numel() // 4 // 256 // 8

    def call():
        with cupy.cuda.ExternalStream(torch.cuda.current_stream().cuda_stream):
            kernel((blocks,), (256,), (np.uint64(memory.data_ptr()), np.uint64(out.data_ptr()), np.int32(8)))

    read = memory.numel() * 4 / seconds(torch, [call, call])
    target = torch.empty_like(memory)
    copied = memory.numel() * 8 / seconds(torch, [lambda: target.copy_(memory)])
    return f"device memory: read {read / 1e9:.0f} GB/s, copy (read + written) {copied / 1e9:.0f} GB/s"


def time_gemv(d, rows, width, tokens, torch_too=True):
    t = d.torch
    copies = max(2, -(-400_000_000 // (rows * width * 2)))
    x, y = d.random(tokens, width), t.empty(tokens, rows, device="cuda", dtype=d.type)
    w = [d.random(rows, width) for _ in range(copies)]
    line = f"{d.name} N {rows:6} K {width:5} T {tokens:2}:"
    if torch_too:
        best = seconds(t, [lambda m=m: t.matmul(x, m.T, out=y) for m in w])
        line += f" torch {rows * width * 2 / best / 1e9:5.0f} GB/s ({best * 1e6:5.1f} us);"
    line += " half"
    for warps in WARPS:
        s = seconds(t, [lambda m=m: gemv(d, "half", warps, x, m, None, None, y) for m in w])
        line += f" {warps}: {rows * width * 2 / s / 1e9:5.0f}"
    w = [m.to(t.float8_e4m3fn) for m in w]
    w += [m.clone() for m in w]
    scales = t.ones(rows, device="cuda")
    line += "; e4m3"
    for warps in WARPS:
        s = seconds(t, [lambda m=m: gemv(d, "e4m3", warps, x, m, scales, None, y) for m in w])
        line += f" {warps}: {rows * width / s / 1e9:5.0f}"
    print(line + " GB/s", flush=True)


def time_sample(d, rows):
    t = d.torch
    logits = d.random(rows, 102400) * 2
    ids, probabilities = t.zeros(rows, device="cuda", dtype=t.int32), t.zeros(rows, device="cuda")
    last = t.zeros(rows, device="cuda", dtype=t.int32)
    line = f"{d.name} sample {rows} rows of 102400:"
    for name, values in (("greedy", (0, 0, 1)), ("all", (1, 0, 1)), ("top-k 40", (0.8, 40, 1)), ("top-p 0.9", (0.8, 0, 0.9))):
        row = np.zeros(rows, ROW)
        row["slot"], row["repetition"] = np.arange(rows), 1
        row["temperature"], row["topK"], row["topP"] = values
        parameters = t.from_numpy(row.view(np.uint8).copy()).cuda()
        call = lambda: d.launch("sample.cu", "sample", (rows,), 1024, logits, parameters, None, None, ids, probabilities, last, 102400)
        line += f" {name} {seconds(t, [call] * 20) * 1e6:.0f} us"
    print(line, flush=True)


def time_decode(d, kv_heads, group, batch, length):
    read = 2 * batch * length * kv_heads * 128 * 2
    copies = max(2, -(-200_000_000 // read))
    steps = [Decode(d, 128, kv_heads, group, [length] * batch) for _ in range(copies)]
    for step in steps:
        step.keys.normal_()
        step.values.normal_()
    s = seconds(d.torch, [step.launch for step in steps])
    print(f"{d.name} paged_decode kv heads {kv_heads} group {group} batch {batch} of {length} positions, {steps[0].splits} "
          f"splits: {s * 1e6:.1f} us, {read / s / 1e9:.0f} GB/s", flush=True)


def time_decodes(d):
    for kv_heads, group in ((32, 1), (16, 1), (8, 8)):
        for batch in (1, 8, 32):
            time_decode(d, kv_heads, group, batch, 2048)


def main():
    import cupy
    import torch
    start = time.time()
    print(torch.cuda.get_device_name(), "torch", torch.__version__, "cupy", cupy.__version__, flush=True)
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    half, bfloat = Device(torch, cupy, False), Device(torch, cupy, True)
    only_decode = sys.argv[1:] == ["decode"]
    for device in (half, bfloat):
        check_decodes(device)
        if not only_decode:
            check(device)
    print(f"{failures} failures after {time.time() - start:.0f} s", flush=True)
    try:
        print(read_bandwidth(torch, cupy), flush=True)
        time_decodes(half)
        if only_decode:
            sys.exit(min(failures, 100))
        for rows in (1, 64):
            time_sample(half, rows)
        for tokens in (1, 8, 2, 4, 16):
            for rows, width in SHAPES:
                if time.time() - start < 52:
                    time_gemv(half, rows, width, tokens)
        for unroll in (2, 8):
            if time.time() - start < 48:
                variant = Device(torch, cupy, False, f"-DUNROLL={unroll}")
                print(f"UNROLL {unroll}", *variant.compile("gemv.cu"), flush=True)
                for rows, width in SHAPES[1:4]:
                    for tokens in (1, 8):
                        time_gemv(variant, rows, width, tokens, torch_too=False)
    except Exception:
        traceback.print_exc()
        report("timing", False)
    print(f"{failures} failures, {time.time() - start:.0f} s")
    sys.exit(min(failures, 100))


if __name__ == "__main__":
    main()
