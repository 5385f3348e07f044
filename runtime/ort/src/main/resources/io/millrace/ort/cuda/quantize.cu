#include "fp8.cuh"

__device__ inline float blockMaximum(float value, float* shared) {
    for (int offset = 16; offset > 0; offset /= 2) {
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, offset));
    }
    if (threadIdx.x % 32 == 0) {
        shared[threadIdx.x / 32] = value;
    }
    __syncthreads();
    value = 0;
    for (unsigned int warp = 0; warp < blockDim.x / 32; warp++) {
        value = fmaxf(value, shared[warp]);
    }
    return value;
}

/**
 * Each row of in [rows, width] as e4m3 times a scale of its own: out[r, k] * scales[r] ~ in[r, k].
 * width is a multiple of 16. One block of 256 threads a row.
 */
extern "C" __global__ void __launch_bounds__(256)
quantize_rows(const Half* __restrict__ in, unsigned char* __restrict__ out, float* __restrict__ scales, int width) {
    __shared__ float maxima[8];
    size_t row = blockIdx.x;
    const Half* from = in + row * width;
    float largest = 0;
    for (int k = threadIdx.x * 8; k < width; k += 256 * 8) {
        Vector v = loadVector(from + k);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            largest = fmaxf(largest, fabsf(widen(element(v, i))));
        }
    }
    largest = blockMaximum(largest, maxima);
    // A row of zeros has any scale.
    float scale = largest > 0 ? largest / LARGEST_E4M3 : 1.0f;
    if (threadIdx.x == 0) {
        scales[row] = scale;
    }
    float inverse = 1.0f / scale;
    for (int k = threadIdx.x * 8; k < width; k += 256 * 8) {
        Vector v = loadVector(from + k);
        uint2 packed;
        float x[8];
#pragma unroll
        for (int i = 0; i < 8; i++) {
            x[i] = widen(element(v, i)) * inverse;
        }
        packed.x = narrowE4m3(x[0], x[1]) | static_cast<unsigned int>(narrowE4m3(x[2], x[3])) << 16;
        packed.y = narrowE4m3(x[4], x[5]) | static_cast<unsigned int>(narrowE4m3(x[6], x[7])) << 16;
        *reinterpret_cast<uint2*>(out + row * width + k) = packed;
    }
}

/**
 * In place, from bfloat16 to the activation type: data[r, n] = data[r, n] * rowScales[r] * columnScales[n] + bias[n] for
 * data [rows, width]; bias may be null. Grid: x over columns, y over rows.
 */
extern "C" __global__ void __launch_bounds__(256)
scale_rows_cols(Half* __restrict__ data, const float* __restrict__ rowScales, const float* __restrict__ columnScales,
                const Half* __restrict__ bias, int width) {
    int n = blockIdx.x * blockDim.x + threadIdx.x;
    if (n < width) {
        size_t at = static_cast<size_t>(blockIdx.y) * width + n;
        float scaled = widenBfloat16(data[at]) * rowScales[blockIdx.y] * columnScales[n];
        data[at] = narrow(scaled + (bias == nullptr ? 0.0f : widen(bias[n])));
    }
}
