#include "numbers.cuh"

// Sums over the devices of one host for the few rows of a decode step, where NCCL's latency is most of its time. Every
// rank writes its part into each peer's memory, raises a flag there, waits for the peers' flags in its own memory, and
// adds up. The sums are taken in the order of ranks, so all ranks get the same bits.
//
// Every call counts the epoch up, on the device, so that a graph can replay it. Two sets of buffers take turns: when a
// rank writes into a set again, its peers have raised the flags of the epoch between, and so have read this set before.

constexpr int MAX_RANKS = 8;
/** Always all of them, with work or without, so that their epochs stay equal. */
constexpr int BLOCKS = 32;
constexpr int THREADS = 512;

/** One rank's memory that its peers write to; io.millrace.ort.cuda.PeerGroup allocates it, zeroed. */
struct Exchange {
    /** By block and writing rank: the epoch up to which its part is there. */
    unsigned int flags[BLOCKS][MAX_RANKS];
    /** By block; written by the owner alone. */
    unsigned int epochs[BLOCKS];
    unsigned int unused[BLOCKS * 7];
    /** From here on, by set and writing rank: capacity vectors. */
    Vector parts[1];
};

__device__ inline void raise(unsigned int* flag, unsigned int epoch) {
    asm volatile("st.release.sys.global.u32 [%0], %1;" ::"l"(flag), "r"(epoch) : "memory");
}

__device__ inline unsigned int look(const unsigned int* flag) {
    unsigned int epoch;
    asm volatile("ld.acquire.sys.global.u32 %0, [%1];" : "=r"(epoch) : "l"(flag) : "memory");
    return epoch;
}

/** Past the first-level cache, which does not see what peers write. */
__device__ inline Vector loadFresh(const Vector* p) {
    Vector v;
    asm volatile("ld.volatile.global.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(v.word[0]), "=r"(v.word[1]), "=r"(v.word[2]), "=r"(v.word[3])
                 : "l"(p)
                 : "memory");
    return v;
}

/**
 * out = sum of in over the ranks, both [vectors] of 8 activations; vectors is at most capacity. May be in place.
 * exchanges [ranks]: each rank's Exchange, as this device addresses it. Where *aborted, in the host's memory, becomes
 * other than 0, nobody is waited for any longer and out is worthless. Grid: BLOCKS of THREADS.
 */
extern "C" __global__ void __launch_bounds__(THREADS)
peer_all_reduce(const Vector* in, Vector* out, Exchange* const* exchanges, const unsigned int* aborted, int rank, int ranks,
                int vectors, int capacity) {
    __shared__ unsigned int current;
    Exchange* own = exchanges[rank];
    if (threadIdx.x == 0) {
        current = own->epochs[blockIdx.x] + 1;
        own->epochs[blockIdx.x] = current;
    }
    __syncthreads();
    unsigned int epoch = current;
    size_t set = static_cast<size_t>(epoch & 1) * MAX_RANKS;
    for (int i = blockIdx.x * THREADS + threadIdx.x; i < vectors; i += BLOCKS * THREADS) {
        Vector part = in[i];
        for (int peer = 0; peer < ranks; peer++) {
            if (peer != rank) {
                exchanges[peer]->parts[(set + rank) * capacity + i] = part;
            }
        }
    }
    __threadfence_system();
    __syncthreads();
    if (threadIdx.x < ranks && threadIdx.x != rank) {
        raise(&exchanges[threadIdx.x]->flags[blockIdx.x][rank], epoch);
        // Epochs wrap around. The host's memory is far: it is asked now and then.
        unsigned int spins = 0;
        while (static_cast<int>(look(&own->flags[blockIdx.x][threadIdx.x]) - epoch) < 0
               && (++spins % 1024 != 0 || look(aborted) == 0)) {
        }
    }
    __syncthreads();
    for (int i = blockIdx.x * THREADS + threadIdx.x; i < vectors; i += BLOCKS * THREADS) {
        float sums[8] = {};
        for (int peer = 0; peer < ranks; peer++) {
            Vector part = peer == rank ? in[i] : loadFresh(&own->parts[(set + peer) * capacity + i]);
#pragma unroll
            for (int e = 0; e < 8; e++) {
                sums[e] += widen(element(part, e));
            }
        }
        Vector total;
#pragma unroll
        for (int e = 0; e < 4; e++) {
            total.word[e] = narrowPair(sums[2 * e], sums[2 * e + 1]);
        }
        out[i] = total;
    }
}
