// Reductions, scans and a sort over a block of 1,024 threads. All threads of the block call them.
#pragma once

constexpr int THREADS = 1024;
constexpr unsigned int WARP = 0xffffffffu;

using Key = unsigned long long;

/** op over the values of all threads, in the same order whatever the timing. */
template <typename T, typename Operation>
__device__ inline T blockReduce(T value, Operation op) {
    __shared__ T parts[32];
    for (int offset = 16; offset > 0; offset /= 2) {
        value = op(value, __shfl_xor_sync(WARP, value, offset));
    }
    if (threadIdx.x % 32 == 0) {
        parts[threadIdx.x / 32] = value;
    }
    __syncthreads();
    value = parts[threadIdx.x % 32];
    for (int offset = 16; offset > 0; offset /= 2) {
        value = op(value, __shfl_xor_sync(WARP, value, offset));
    }
    __syncthreads();
    return value;
}

template <typename T>
__device__ inline T warpScan(T value) {
    for (int offset = 1; offset < 32; offset *= 2) {
        T before = __shfl_up_sync(WARP, value, offset);
        value += threadIdx.x % 32 >= offset ? before : T(0);
    }
    return value;
}

/** The sum of the values of this thread and those before it; total is that of all. */
template <typename T>
__device__ inline T blockScan(T value, T& total) {
    __shared__ T parts[32];
    int warp = threadIdx.x / 32;
    value = warpScan(value);
    if (threadIdx.x % 32 == 31) {
        parts[warp] = value;
    }
    __syncthreads();
    T sums = warpScan(parts[threadIdx.x % 32]);
    T before = __shfl_sync(WARP, sums, warp == 0 ? 0 : warp - 1);
    total = __shfl_sync(WARP, sums, 31);
    __syncthreads();
    return warp == 0 ? value : value + before;
}

/** Ascending, by a bitonic network, of keys in shared memory; count is a power of 2 and at most THREADS. */
__device__ inline void blockSort(Key* keys, int count) {
    __syncthreads();
    int i = threadIdx.x;
    for (int size = 2; size <= count; size *= 2) {
        for (int stride = size / 2; stride > 0; stride /= 2) {
            int partner = i ^ stride;
            if (i < partner && partner < count) {
                Key low = keys[i];
                Key high = keys[partner];
                if ((low > high) == ((i & size) == 0)) {
                    keys[i] = high;
                    keys[partner] = low;
                }
            }
            __syncthreads();
        }
    }
}
