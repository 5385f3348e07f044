#include "fp8.cuh"
#include "mma.cuh"

// y[t, n] = sum over k of x[t, k] * w[n, k], for few rows of x: the time is that of reading w once.
//
// Every warp multiplies 16 rows of w, its slice of K, and all of x on the tensor cores (mma.m16n8k16), which leaves the
// arithmetic far below the memory's rate at any number of rows. The instruction wants k in an order that would make
// for loads of 4 bytes; as w and x may be permuted along k alike, each lane instead loads 16 bytes in a row of its own
// and these count as the instruction's k in the order they lie in registers. The warps of a block share 16 rows of w,
// take turns along K, and add up in shared memory.
//
// The silu kernels take w [2 * rows, k] of a gated feed-forward layer and give silu(gate) * up: 8 rows of the first half
// and the 8 that go with them in the second make a warp's 16.

/** Weights as they are stored: bytes each, and a lane's 16 bytes of two rows times its part of x. */
struct HalfWeights {
    static constexpr int PER_VECTOR = 8;
    static constexpr int VECTORS_OF_X = 1;

    __device__ static void multiply(float (&sum)[4], const Vector& upper, const Vector& lower, const Vector* x) {
#pragma unroll
        for (int i = 0; i < 4; i += 2) {
            multiplyAdd(sum, upper.word[i], lower.word[i], upper.word[i + 1], lower.word[i + 1], x->word[i],
                        x->word[i + 1]);
        }
    }
};

#if __CUDA_ARCH__ >= 890
struct E4m3Weights {
    static constexpr int PER_VECTOR = 16;
    static constexpr int VECTORS_OF_X = 2;

    __device__ static unsigned int pair(const Vector& v, int i) {
        return widenE4m3(static_cast<unsigned short>(v.word[i >> 1] >> ((i & 1) * 16)));
    }

    __device__ static void multiply(float (&sum)[4], const Vector& upper, const Vector& lower, const Vector* x) {
#pragma unroll
        for (int i = 0; i < 8; i += 2) {
            multiplyAdd(sum, pair(upper, i), pair(lower, i), pair(upper, i + 1), pair(lower, i + 1),
                        x[i >> 2].word[i & 3], x[i >> 2].word[(i & 3) + 1]);
        }
    }
};
#endif

/**
 * TILES of 8 rows of x, WARPS to a block, LOADS of each row of w in flight. scales, one for each row of w, and
 * bias [rows] may be null; tokens is at most 8 * TILES; width, the K, is a multiple of 16. y is [tokens, rows].
 * Grid: 16 rows of w each.
 */
template <typename Weights, bool SILU, int TILES, int WARPS, int LOADS>
__device__ inline void multiplyRows(const Half* __restrict__ x, const void* __restrict__ w,
                                    const float* __restrict__ scales, const Half* __restrict__ bias,
                                    Half* __restrict__ y, int tokens, int rows, int width) {
    constexpr int PER_VECTOR = Weights::PER_VECTOR;
    constexpr int PER_STEP = PER_VECTOR * 4 * LOADS;
    constexpr int BYTES = 16 / PER_VECTOR;
    __shared__ float partial[WARPS][TILES][8][17];
    int lane = threadIdx.x % 32;
    int warp = threadIdx.x / 32;
    int group = lane / 4;
    int quarter = lane % 4;
    int first = blockIdx.x * (SILU ? 8 : 16);
    // Rows past the end read the last one and are not stored.
    int upperIndex = min(first + group, rows - 1);
    int lowerIndex = SILU ? rows + upperIndex : min(first + group + 8, rows - 1);
    const char* upperRow = static_cast<const char*>(w) + static_cast<size_t>(upperIndex) * width * BYTES;
    const char* lowerRow = static_cast<const char*>(w) + static_cast<size_t>(lowerIndex) * width * BYTES;
    float sums[TILES][4] = {};
    for (int base = warp * PER_STEP; base < width; base += WARPS * PER_STEP) {
        Vector upper[LOADS];
        Vector lower[LOADS];
#pragma unroll
        for (int u = 0; u < LOADS; u++) {
            int k = base + (u * 4 + quarter) * PER_VECTOR;
            upper[u] = k < width ? loadOnce(upperRow + static_cast<size_t>(k) * BYTES) : ZEROS;
            lower[u] = k < width ? loadOnce(lowerRow + static_cast<size_t>(k) * BYTES) : ZEROS;
        }
#pragma unroll
        for (int u = 0; u < LOADS; u++) {
            int k = base + (u * 4 + quarter) * PER_VECTOR;
#pragma unroll
            for (int tile = 0; tile < TILES; tile++) {
                int token = tile * 8 + group;
                Vector part[Weights::VECTORS_OF_X];
#pragma unroll
                for (int v = 0; v < Weights::VECTORS_OF_X; v++) {
                    part[v] = token < tokens && k < width
                        ? loadVector(x + static_cast<size_t>(token) * width + k + v * 8)
                        : ZEROS;
                }
                Weights::multiply(sums[tile], upper[u], lower[u], part);
            }
        }
    }
#pragma unroll
    for (int tile = 0; tile < TILES; tile++) {
        partial[warp][tile][quarter * 2][group] = sums[tile][0];
        partial[warp][tile][quarter * 2 + 1][group] = sums[tile][1];
        partial[warp][tile][quarter * 2][group + 8] = sums[tile][2];
        partial[warp][tile][quarter * 2 + 1][group + 8] = sums[tile][3];
    }
    __syncthreads();
    auto total = [&](int token, int row) {
        float sum = 0;
#pragma unroll
        for (int part = 0; part < WARPS; part++) {
            sum += partial[part][token / 8][token % 8][row];
        }
        return sum;
    };
    constexpr int OUTPUTS = SILU ? 8 : 16;
    for (int i = threadIdx.x; i < TILES * 8 * OUTPUTS; i += WARPS * 32) {
        int n = first + i % OUTPUTS;
        int token = i / OUTPUTS;
        if (n < rows && token < tokens) {
            float sum = total(token, i % OUTPUTS) * (scales == nullptr ? 1.0f : scales[n]);
            if (SILU) {
                float up = total(token, i % OUTPUTS + 8) * (scales == nullptr ? 1.0f : scales[rows + n]);
                sum = sum / (1.0f + __expf(-sum)) * up;
            } else {
                sum += bias == nullptr ? 0.0f : widen(bias[n]);
            }
            y[static_cast<size_t>(token) * rows + n] = narrow(sum);
        }
    }
}

#ifndef UNROLL
#define UNROLL 4
#endif

#define GEMV_KERNEL(NAME, WEIGHTS, SILU, TILES, WARPS)                                                                \
    extern "C" __global__ void __launch_bounds__(WARPS * 32)                                                          \
    NAME(const Half* x, const void* w, const float* scales, const Half* bias, Half* y, int tokens, int rows,          \
         int width) {                                                                                                 \
        multiplyRows<WEIGHTS, SILU, TILES, WARPS, UNROLL>(x, w, scales, bias, y, tokens, rows, width);                \
    }

// Named by weights, the most rows of x, and warps. The best number of warps differs by shape and machine, so it is timed.
#define GEMV(KIND, WEIGHTS, WARPS)                                                                                    \
    GEMV_KERNEL(gemv_##KIND##_8_##WARPS, WEIGHTS, false, 1, WARPS)                                                    \
    GEMV_KERNEL(gemv_##KIND##_16_##WARPS, WEIGHTS, false, 2, WARPS)                                                   \
    GEMV_KERNEL(gemv_silu_##KIND##_8_##WARPS, WEIGHTS, true, 1, WARPS)                                                \
    GEMV_KERNEL(gemv_silu_##KIND##_16_##WARPS, WEIGHTS, true, 2, WARPS)

GEMV(half, HalfWeights, 4)
GEMV(half, HalfWeights, 8)
GEMV(half, HalfWeights, 16)
#if __CUDA_ARCH__ >= 890
GEMV(e4m3, E4m3Weights, 4)
GEMV(e4m3, E4m3Weights, 8)
GEMV(e4m3, E4m3Weights, 16)
#endif
