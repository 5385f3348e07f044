// Number formats, in inline PTX so that NVRTC needs no header of CUDA's: a machine that runs has a driver, not a toolkit.
// Activations are half precision or, with -DBF16, bfloat16; both travel as their 16 bits. All arithmetic is float.
#pragma once

using Half = unsigned short;

struct alignas(16) Vector {
    unsigned int word[4];
};

/** 8 of 16 bits; p is a multiple of 16 bytes. */
__device__ inline Vector loadVector(const Half* p) {
    return *reinterpret_cast<const Vector*>(p);
}

__device__ inline Half element(const Vector& v, int i) {
    return static_cast<Half>(v.word[i >> 1] >> ((i & 1) * 16));
}

#ifdef BF16
__device__ inline float widen(Half bits) {
    return __uint_as_float(static_cast<unsigned int>(bits) << 16);
}

__device__ inline Half narrow(float value) {
    Half bits;
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return bits;
}
#else
__device__ inline float widen(Half bits) {
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
}

__device__ inline Half narrow(float value) {
    Half bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return bits;
}
#endif

/** The lower half of the result is low. */
__device__ inline unsigned int narrowPair(float low, float high) {
    return static_cast<unsigned int>(narrow(low)) | static_cast<unsigned int>(narrow(high)) << 16;
}

/** float of any bfloat16, whatever the activations are. */
__device__ inline float widenBfloat16(Half bits) {
    return __uint_as_float(static_cast<unsigned int>(bits) << 16);
}
