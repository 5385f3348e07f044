#include "numbers.cuh"

/**
 * out[t, f] = silu(in[t, f]) * in[t, features + f], with silu(x) = x / (1 + e^-x).
 * in [tokens, 2 * features], out [tokens, features]; features is a multiple of 8.
 * Grid: x over vectors of 8 features, y over tokens.
 */
extern "C" __global__ void __launch_bounds__(256)
silu_mul(const Half* __restrict__ in, Half* __restrict__ out, int features) {
    int feature = (blockIdx.x * blockDim.x + threadIdx.x) * 8;
    if (feature >= features) {
        return;
    }
    size_t token = blockIdx.y;
    Vector gate = loadVector(in + token * 2 * features + feature);
    Vector up = loadVector(in + token * 2 * features + features + feature);
    float product[8];
#pragma unroll
    for (int i = 0; i < 8; i++) {
        float x = widen(element(gate, i));
        product[i] = x / (1.0f + __expf(-x)) * widen(element(up, i));
    }
    Vector result;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        result.word[i] = narrowPair(product[2 * i], product[2 * i + 1]);
    }
    *reinterpret_cast<Vector*>(out + token * features + feature) = result;
}

/** tokens[i] = lastSampled[slots[i]] where tokens[i] is -1: the token that was still unknown when the step was planned. */
extern "C" __global__ void __launch_bounds__(256)
resolve(int* __restrict__ tokens, const int* __restrict__ slots, const int* __restrict__ lastSampled, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count && tokens[i] == -1) {
        tokens[i] = lastSampled[slots[i]];
    }
}
