#include "mma.cuh"

// Attention of a decode step, where every sequence has exactly one new token: rotary embedding, writing the new key and
// value into the paged cache, and attention over all positions, in one kernel. The time is that of reading the cache once.
//
// A block takes a span of positions of one sequence and key-value head, for all query heads of the group. Its warps take
// turns, 8 positions at a time, each with its own running maximum and sum (online softmax). Both products run on the tensor
// cores: scores = q (16 heads x 16 dims) * k^T (16 dims x 8 positions), whose result lies in registers as the second product
// wants it: v^T (16 dims x 8 positions) * weights (8 positions x 8 heads). As in gemv.cu, dims may count in any order, so that
// every lane loads 16 bytes of a row. The last block of a sequence and head to end adds up what the others left.
//
// The lengths are known on the device alone, so that a graph can replay while sequences grow: blocks divide the positions of
// a sequence among them by its length, and those that get none end at once.

constexpr int WARPS = 8;
constexpr int THREADS = WARPS * 32;
constexpr unsigned int WARP = 0xffffffffu;
/** Positions that a warp takes at a time. */
constexpr int TILE = 8;
constexpr int TURN = WARPS * TILE;
/** Positions of a span: with fewer its block would rather wait than read, with more some blocks end long after others. */
constexpr int LEAST_SPAN = 2 * TURN;
constexpr int MOST_SPAN = 8 * TURN;
/** The most spans of a sequence, so of blocks along y. */
constexpr int MOST_SPLITS = 64;
/** Below every score. Not infinite: the difference of two is a number. */
constexpr float LOWEST = -1e30f;
constexpr float LOG2_E = 1.44269504f;

/** Multiple of TURN. residents: blocks that the device runs at a time. */
__device__ inline int spanOf(int length, int residents) {
    long long fair = static_cast<long long>(length) * gridDim.x / residents;
    int wanted = static_cast<int>(min(max(fair, static_cast<long long>(LEAST_SPAN)), static_cast<long long>(MOST_SPAN)));
    int least = (length + gridDim.y - 1) / gridDim.y;
    return (max(wanted, least) + TURN - 1) / TURN * TURN;
}

/**
 * Rotates the lane's part of a row at a position: vectors of 8 dims, 32 dims apart. Dim i of the first half of a row goes
 * with dim i of the second. cos and sin are [positions, DIM / 2].
 */
template <int DIM>
__device__ inline void rotate(Vector (&row)[DIM / 32], const Half* cos, const Half* sin, int position, int quarter) {
#pragma unroll
    for (int v = 0; v < DIM / 64; v++) {
        size_t at = static_cast<size_t>(position) * (DIM / 2) + v * 32 + quarter * 8;
        Vector c = loadVector(cos + at);
        Vector s = loadVector(sin + at);
        Vector& first = row[v];
        Vector& second = row[v + DIM / 64];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            float x[2];
            float y[2];
#pragma unroll
            for (int e = 0; e < 2; e++) {
                float a = widen(element(first, 2 * i + e));
                float b = widen(element(second, 2 * i + e));
                float cosine = widen(element(c, 2 * i + e));
                float sine = widen(element(s, 2 * i + e));
                x[e] = a * cosine - b * sine;
                y[e] = b * cosine + a * sine;
            }
            first.word[i] = narrowPair(x[0], x[1]);
            second.word[i] = narrowPair(y[0], y[1]);
        }
    }
}

/** Past the first-level cache, which does not see what other blocks write. */
__device__ inline float4 loadFresh(const float4* p) {
    float4 v;
    asm volatile("ld.global.cg.v4.f32 {%0, %1, %2, %3}, [%4];"
                 : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w)
                 : "l"(p)
                 : "memory");
    return v;
}

__device__ inline float2 loadFresh(const float2* p) {
    float2 v;
    asm volatile("ld.global.cg.v2.f32 {%0, %1}, [%2];" : "=f"(v.x), "=f"(v.y) : "l"(p) : "memory");
    return v;
}

/** out [group, DIM] = the spans' parts, each by its share of the whole sum. By one block; partials as below. */
template <int DIM>
__device__ inline void combine(const float* partials, const float2* stats, Half* out, int splits, int group) {
    __shared__ float shares[MOST_SPLITS][16];
    int lane = threadIdx.x % 32;
    size_t rows = static_cast<size_t>(gridDim.x) * group;
    size_t first = static_cast<size_t>(blockIdx.x) * group;
    for (int head = threadIdx.x / 32; head < group; head += WARPS) {
        float2 stat[MOST_SPLITS / 32];
        float top = LOWEST;
#pragma unroll
        for (int i = 0; i < MOST_SPLITS / 32; i++) {
            int split = i * 32 + lane;
            stat[i] = split < splits ? loadFresh(stats + split * rows + first + head) : float2{LOWEST, 0};
            top = max(top, stat[i].x);
        }
        for (int offset = 16; offset > 0; offset /= 2) {
            top = max(top, __shfl_xor_sync(WARP, top, offset));
        }
        float total = 0;
#pragma unroll
        for (int i = 0; i < MOST_SPLITS / 32; i++) {
            stat[i].x = exp2f(stat[i].x - top);
            total += stat[i].x * stat[i].y;
        }
        for (int offset = 16; offset > 0; offset /= 2) {
            total += __shfl_xor_sync(WARP, total, offset);
        }
#pragma unroll
        for (int i = 0; i < MOST_SPLITS / 32; i++) {
            if (i * 32 + lane < splits) {
                shares[i * 32 + lane][head] = stat[i].x / total;
            }
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < group * DIM / 4; i += THREADS) {
        const float4* part = reinterpret_cast<const float4*>(partials + first * DIM) + i;
        int head = i / (DIM / 4);
        float4 sum = {0, 0, 0, 0};
#pragma unroll 8
        for (int split = 0; split < splits; split++) {
            float4 x = loadFresh(part + split * rows * (DIM / 4));
            float share = shares[split][head];
            sum.x += share * x.x;
            sum.y += share * x.y;
            sum.z += share * x.z;
            sum.w += share * x.w;
        }
        reinterpret_cast<uint2*>(out)[i] = uint2{narrowPair(sum.x, sum.y), narrowPair(sum.z, sum.w)};
    }
}

/**
 * qkv [B, (group + 2) * kvHeads, DIM]: query heads, then keys, then values. keys, values [blocks, blockTokens, kvHeads, DIM];
 * blockTokens is a multiple of TILE. past [B]: positions of each sequence in the cache. table [B, width]: its blocks in order.
 * out [B, group * kvHeads, DIM].
 * Scratch, not used where gridDim.y is 1: partials, float [gridDim.y, B * kvHeads, group, DIM + 2]: per span sums of weighted
 * values, and behind all of these the largest score (times log2 e) and the sum of weights; counters [B * kvHeads], zero before
 * and after. Grid: x over B * kvHeads, y over spans.
 */
template <int DIM, int HEAD_TILES>
__device__ inline void decode(const Half* __restrict__ qkv, Half* keys, Half* values, const int* __restrict__ past,
                              const int* __restrict__ table, const Half* __restrict__ cos, const Half* __restrict__ sin,
                              float* partials, unsigned int* counters, Half* __restrict__ out, int kvHeads, int group,
                              int blockTokens, int width, int residents) {
    constexpr int HEADS = 8 * HEAD_TILES;
    __shared__ float tops[WARPS][HEADS];
    __shared__ float sums[WARPS][HEADS];
    __shared__ float top[HEADS];
    __shared__ float total[HEADS];
    // A row's end is not a multiple of 32 banks away from its beginning.
    __shared__ float parts[WARPS][8][DIM + 1];
    __shared__ bool last;
    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    int row = lane / 4;
    int quarter = lane % 4;
    int sequence = blockIdx.x / kvHeads;
    int kvHead = blockIdx.x % kvHeads;
    const int* blocks = table + static_cast<size_t>(sequence) * width;
    // Fetched before the length is known, to wait once for both.
    int firstBlocks = lane < width ? blocks[lane] : 0;
    int newest = past[sequence];
    int length = newest + 1;
    int span = spanOf(length, residents);
    int splits = (length + span - 1) / span;
    int begin = blockIdx.y * span;
    if (begin >= length) {
        return;
    }
    int end = min(begin + span, length);
    const Half* token = qkv + static_cast<size_t>(sequence) * (group + 2) * kvHeads * DIM;
    const Half* newKey = token + (group * kvHeads + kvHead) * DIM;
    const Half* newValue = newKey + kvHeads * DIM;

    // Where in the cache a position of a tile is. All lanes of a warp ask at once.
    auto place = [&](int tile, int offset) {
        int index = tile / blockTokens;
        int block = index < 32 ? __shfl_sync(WARP, firstBlocks, index) : blocks[index];
        return ((static_cast<size_t>(block) * blockTokens + tile % blockTokens + offset) * kvHeads + kvHead) * DIM;
    };
    // Positions past the newest, at the end of the last tile, are given as the newest once more, and weigh nothing.
    Vector key[DIM / 32];
    auto loadKeys = [&](int tile) {
        Half* cached = keys + place(tile, row);
        bool old = tile + row < newest;
        const Half* from = old ? cached : newKey;
#pragma unroll
        for (int v = 0; v < DIM / 32; v++) {
            key[v] = loadOnce(from + v * 32 + quarter * 8);
        }
        if (!old) {
            rotate<DIM>(key, cos, sin, newest, quarter);
            if (tile + row == newest) {
#pragma unroll
                for (int v = 0; v < DIM / 32; v++) {
                    *reinterpret_cast<Vector*>(cached + v * 32 + quarter * 8) = key[v];
                }
            }
        }
    };
    Vector value[2][DIM / 64];
    auto loadValues = [&](int tile) {
        size_t at = place(tile, quarter * 2);
#pragma unroll
        for (int i = 0; i < 2; i++) {
            int position = tile + quarter * 2 + i;
            Half* cached = values + at + static_cast<size_t>(i) * kvHeads * DIM;
            const Half* from = position < newest ? cached : newValue;
#pragma unroll
            for (int v = 0; v < DIM / 64; v++) {
                value[i][v] = loadOnce(from + v * 64 + row * 8);
                if (position == newest) {
                    *reinterpret_cast<Vector*>(cached + v * 64 + row * 8) = value[i][v];
                }
            }
        }
    };

    int tile = begin + warp * TILE;
    if (tile < end) {
        loadKeys(tile);
        loadValues(tile);
    }
    Vector query[HEAD_TILES][DIM / 32];
#pragma unroll
    for (int h = 0; h < HEAD_TILES; h++) {
        int head = h * 8 + row;
#pragma unroll
        for (int v = 0; v < DIM / 32; v++) {
            query[h][v] = head < group
                ? loadVector(token + (kvHead * group + head) * DIM + v * 32 + quarter * 8)
                : ZEROS;
        }
        rotate<DIM>(query[h], cos, sin, newest, quarter);
    }
    const float scale = LOG2_E * rsqrtf(static_cast<float>(DIM));
    // Of head h * 8 + row.
    float largest[HEAD_TILES];
    float sum[HEAD_TILES] = {};
    // Of heads h * 8 + 2 * quarter and the next, by dims v * 64 + row * 8 + 2 * i and the next at [h][v * 4 + i].
    float mixed[HEAD_TILES][DIM / 16][4] = {};
#pragma unroll
    for (int h = 0; h < HEAD_TILES; h++) {
        largest[h] = LOWEST;
    }
#pragma unroll 1
    for (; tile < end; tile += TURN) {
        bool more = tile + TURN < end;
        float scores[4] = {};
#pragma unroll
        for (int v = 0; v < DIM / 32; v++) {
#pragma unroll
            for (int i = 0; i < 4; i += 2) {
                multiplyAdd(scores, query[0][v].word[i], HEAD_TILES > 1 ? query[HEAD_TILES - 1][v].word[i] : 0,
                            query[0][v].word[i + 1], HEAD_TILES > 1 ? query[HEAD_TILES - 1][v].word[i + 1] : 0,
                            key[v].word[i], key[v].word[i + 1]);
            }
        }
        if (more) {
            loadKeys(tile + TURN);
        }
        unsigned int weights[HEAD_TILES];
#pragma unroll
        for (int h = 0; h < HEAD_TILES; h++) {
            int position = tile + quarter * 2;
            float first = position <= newest ? scores[2 * h] * scale : LOWEST;
            float second = position < newest ? scores[2 * h + 1] * scale : LOWEST;
            float now = max(first, second);
            now = max(now, __shfl_xor_sync(WARP, now, 1));
            now = max(now, __shfl_xor_sync(WARP, now, 2));
            now = max(now, largest[h]);
            float shrink = exp2f(largest[h] - now);
            first = exp2f(first - now);
            second = exp2f(second - now);
            largest[h] = now;
            sum[h] = sum[h] * shrink + first + second;
            weights[h] = narrowPair(first, second);
            float even = __shfl_sync(WARP, shrink, quarter * 8);
            float odd = __shfl_sync(WARP, shrink, quarter * 8 + 4);
#pragma unroll
            for (int i = 0; i < DIM / 16; i++) {
                mixed[h][i][0] *= even;
                mixed[h][i][1] *= odd;
                mixed[h][i][2] *= even;
                mixed[h][i][3] *= odd;
            }
        }
#pragma unroll
        for (int i = 0; i < DIM / 16; i++) {
            unsigned int even = value[0][i / 4].word[i % 4];
            unsigned int odd = value[1][i / 4].word[i % 4];
            unsigned int low = __byte_perm(even, odd, 0x5410);
            unsigned int high = __byte_perm(even, odd, 0x7632);
#pragma unroll
            for (int h = 0; h < HEAD_TILES; h++) {
                multiplyAdd(mixed[h][i], low, high, weights[h]);
            }
        }
        if (more) {
            loadValues(tile + TURN);
        }
    }

#pragma unroll
    for (int h = 0; h < HEAD_TILES; h++) {
        sum[h] += __shfl_xor_sync(WARP, sum[h], 1);
        sum[h] += __shfl_xor_sync(WARP, sum[h], 2);
        if (quarter == 0) {
            tops[warp][h * 8 + row] = largest[h];
            sums[warp][h * 8 + row] = sum[h];
        }
    }
    __syncthreads();
    size_t rows = static_cast<size_t>(gridDim.x) * group;
    float2* stats = reinterpret_cast<float2*>(partials + gridDim.y * rows * DIM);
    size_t first = static_cast<size_t>(blockIdx.x) * group;
    if (threadIdx.x < group) {
        float best = LOWEST;
        for (int w = 0; w < WARPS; w++) {
            best = max(best, tops[w][threadIdx.x]);
        }
        float all = 0;
        for (int w = 0; w < WARPS; w++) {
            all += sums[w][threadIdx.x] * exp2f(tops[w][threadIdx.x] - best);
        }
        top[threadIdx.x] = best;
        total[threadIdx.x] = all;
        if (splits > 1) {
            stats[blockIdx.y * rows + first + threadIdx.x] = float2{best, all};
        }
    }
    __syncthreads();
#pragma unroll
    for (int h = 0; h < HEAD_TILES; h++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
            int head = h * 8 + quarter * 2 + e;
            if (head < group) {
                float factor = exp2f(tops[warp][head] - top[head]);
#pragma unroll
                for (int i = 0; i < DIM / 16; i++) {
                    float* to = &parts[warp][quarter * 2 + e][i / 4 * 64 + row * 8 + i % 4 * 2];
                    to[0] = mixed[h][i][e] * factor;
                    to[1] = mixed[h][i][e + 2] * factor;
                }
            }
        }
        __syncthreads();
        for (int i = threadIdx.x; i < min(group - h * 8, 8) * DIM; i += THREADS) {
            float part = 0;
#pragma unroll
            for (int w = 0; w < WARPS; w++) {
                part += parts[w][i / DIM][i % DIM];
            }
            size_t at = (first + h * 8) * DIM + i;
            if (splits == 1) {
                out[at] = narrow(part / total[h * 8 + i / DIM]);
            } else {
                partials[blockIdx.y * rows * DIM + at] = part;
            }
        }
        __syncthreads();
    }
    if (splits == 1) {
        return;
    }
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        last = atomicAdd(&counters[blockIdx.x], 1u) == static_cast<unsigned int>(splits - 1);
    }
    __syncthreads();
    if (last) {
        __threadfence();
        combine<DIM>(partials, stats, out + first * DIM, splits, group);
        if (threadIdx.x == 0) {
            counters[blockIdx.x] = 0;
        }
    }
}

// Named by DIM and the most query heads of a group. CUDA's limit of 128 registers a thread lets 2 blocks run at a time.
#define DECODE_KERNEL(DIM, HEAD_TILES, HEADS, RESIDENTS)                                                                \
    extern "C" __global__ void __launch_bounds__(THREADS, RESIDENTS)                                                    \
    paged_decode_##DIM##_##HEADS(const Half* qkv, Half* keys, Half* values, const int* past, const int* table,          \
                                 const Half* cos, const Half* sin, float* partials, unsigned int* counters, Half* out,  \
                                 int kvHeads, int group, int blockTokens, int width, int residents) {                   \
        decode<DIM, HEAD_TILES>(qkv, keys, values, past, table, cos, sin, partials, counters, out, kvHeads, group,      \
                                blockTokens, width, residents);                                                         \
    }

DECODE_KERNEL(64, 1, 8, 2)
DECODE_KERNEL(128, 1, 8, 2)
DECODE_KERNEL(64, 2, 16, 1)
DECODE_KERNEL(128, 2, 16, 1)
