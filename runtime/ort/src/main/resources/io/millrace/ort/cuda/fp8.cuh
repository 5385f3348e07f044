// e4m3: 4 bits of exponent, 3 of mantissa, largest 448. From compute capability 8.9 on.
#pragma once
#include "numbers.cuh"

constexpr float LARGEST_E4M3 = 448.0f;

/** Rounded to nearest, clamped to the largest; low in the lower byte. */
__device__ inline unsigned short narrowE4m3(float low, float high) {
    unsigned short pair;
    asm("cvt.rn.satfinite.e4m3x2.f32 %0, %1, %2;" : "=h"(pair) : "f"(high), "f"(low));
    return pair;
}

/** Two e4m3 as two activations, exactly. */
__device__ inline unsigned int widenE4m3(unsigned short pair) {
    unsigned int halves;
    asm("cvt.rn.f16x2.e4m3x2 %0, %1;" : "=r"(halves) : "h"(pair));
#ifdef BF16
    float low;
    float high;
    asm("{ .reg .b16 a, b; mov.b32 {a, b}, %2; cvt.f32.f16 %0, a; cvt.f32.f16 %1, b; }"
        : "=f"(low), "=f"(high)
        : "r"(halves));
    // The lower 16 bits of both are zero: e4m3 has fewer bits of mantissa than bfloat16.
    return __byte_perm(__float_as_uint(low), __float_as_uint(high), 0x7632);
#else
    return halves;
#endif
}
