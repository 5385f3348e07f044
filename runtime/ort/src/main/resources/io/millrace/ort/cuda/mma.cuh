// Products on the tensor cores, of activations and with sums in float, and the loads that feed them.
#pragma once

#include "numbers.cuh"

#ifdef BF16
#define MMA_TYPES "bf16.bf16"
#else
#define MMA_TYPES "f16.f16"
#endif

/** sum += a (16 x 16, four registers) * b (16 x 8, two registers). */
__device__ inline void multiplyAdd(float (&sum)[4], unsigned int a0, unsigned int a1, unsigned int a2, unsigned int a3,
                                   unsigned int b0, unsigned int b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32." MMA_TYPES ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

/** sum += a (16 x 8, two registers) * b (8 x 8, one register). */
__device__ inline void multiplyAdd(float (&sum)[4], unsigned int a0, unsigned int a1, unsigned int b0) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32." MMA_TYPES ".f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a0), "r"(a1), "r"(b0));
}

/** 16 bytes that are read once: they shall not push what is read again out of the first-level cache. */
__device__ inline Vector loadOnce(const void* p) {
    Vector v;
    asm("ld.global.nc.L1::no_allocate.L2::128B.v4.u32 {%0, %1, %2, %3}, [%4];"
        : "=r"(v.word[0]), "=r"(v.word[1]), "=r"(v.word[2]), "=r"(v.word[3])
        : "l"(p));
    return v;
}

constexpr Vector ZEROS = {{0, 0, 0, 0}};
