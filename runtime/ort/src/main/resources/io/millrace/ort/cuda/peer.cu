#include "numbers.cuh"

// Sums over the devices of one host, in two ways. The sums are taken in the order of ranks, so all ranks get the same bits.
//
// For the few rows of a decode step (peer_all_reduce), where NCCL's latency is most of its time: every rank writes its part
// into each peer's memory, raises a flag there, waits for the peers' flags in its own memory, and adds up. Two sets of buffers
// take turns: when a rank writes into a set again, its peers have raised the flags of the epoch between, and so have read this
// set before.
//
// For the many rows of a prompt (peer_all_reduce_shared), where each part should cross once: the ranks tell each other where
// their parts lie, every rank adds up its share of the elements, reading the peers' parts, and writes the sums to all.
//
// Every call counts its kernel's epoch up, on the device, so that a graph can replay it.

constexpr int MAX_RANKS = 8;
/** Always all of them, with work or without, so that their epochs stay equal. */
constexpr int BLOCKS = 32;
constexpr int THREADS = 512;
/** Of the sum in shares: enough to have as many reads under way as the links take, all at once on any device. */
constexpr int SHARED_BLOCKS = 64;
/** Vectors that a thread reads of each rank before it adds. */
constexpr int UNROLL = 4;

/** One rank's memory that its peers write to; io.millrace.ort.cuda.PeerGroup allocates it, zeroed. */
struct Exchange {
    /** By block and writing rank: the epoch up to which its part is there. */
    unsigned int flags[BLOCKS][MAX_RANKS];
    /** By block; written by the owner alone. */
    unsigned int epochs[BLOCKS];
    unsigned int unused[BLOCKS * 7];
    /** Of the sum in shares, by block and telling rank: the epoch up to which it has begun, and has written its share. */
    unsigned int begun[SHARED_BLOCKS][MAX_RANKS];
    unsigned int written[SHARED_BLOCKS][MAX_RANKS];
    /** Where the rank's part lies and its sums go. */
    const Vector* in[SHARED_BLOCKS][MAX_RANKS];
    Vector* out[SHARED_BLOCKS][MAX_RANKS];
    /** By block; written by the owner alone. */
    unsigned int sharedEpochs[SHARED_BLOCKS];
    unsigned int unusedShared[SHARED_BLOCKS * 7];
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

/** Epochs wrap around. The host's memory is far: it is asked now and then. */
__device__ inline void waitFor(const unsigned int* flag, unsigned int epoch, const unsigned int* aborted) {
    unsigned int spins = 0;
    while (static_cast<int>(look(flag) - epoch) < 0 && (++spins % 1024 != 0 || look(aborted) == 0)) {
    }
}

__device__ inline void add(float (&sums)[8], const Vector& part) {
#pragma unroll
    for (int e = 0; e < 8; e++) {
        sums[e] += widen(element(part, e));
    }
}

__device__ inline Vector narrowed(const float (&sums)[8]) {
    Vector total;
#pragma unroll
    for (int e = 0; e < 4; e++) {
        total.word[e] = narrowPair(sums[2 * e], sums[2 * e + 1]);
    }
    return total;
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
        waitFor(&own->flags[blockIdx.x][threadIdx.x], epoch, aborted);
    }
    __syncthreads();
    for (int i = blockIdx.x * THREADS + threadIdx.x; i < vectors; i += BLOCKS * THREADS) {
        float sums[8] = {};
        for (int peer = 0; peer < ranks; peer++) {
            add(sums, peer == rank ? in[i] : loadFresh(&own->parts[(set + peer) * capacity + i]));
        }
        out[i] = narrowed(sums);
    }
}

/**
 * As peer_all_reduce, for any number of vectors. in and out are memory that the peers can address; in may be given away
 * once this kernel has ended, since the peers have read it then. Grid: SHARED_BLOCKS of THREADS.
 */
extern "C" __global__ void __launch_bounds__(THREADS)
peer_all_reduce_shared(const Vector* in, Vector* out, Exchange* const* exchanges, const unsigned int* aborted, int rank,
                       int ranks, int vectors) {
    __shared__ unsigned int current;
    __shared__ bool lost;
    __shared__ const Vector* ins[MAX_RANKS];
    __shared__ Vector* outs[MAX_RANKS];
    Exchange* own = exchanges[rank];
    int block = blockIdx.x;
    if (threadIdx.x == 0) {
        current = own->sharedEpochs[block] + 1;
        own->sharedEpochs[block] = current;
        lost = false;
        ins[rank] = in;
        outs[rank] = out;
    }
    __syncthreads();
    unsigned int epoch = current;
    int peer = threadIdx.x;
    bool tells = peer < ranks && peer != rank;
    if (tells) {
        Exchange* theirs = exchanges[peer];
        *static_cast<const Vector* volatile*>(&theirs->in[block][rank]) = in;
        *static_cast<Vector* volatile*>(&theirs->out[block][rank]) = out;
        raise(&theirs->begun[block][rank], epoch);
        waitFor(&own->begun[block][peer], epoch, aborted);
        // What a peer told may be of a sum before, or nothing, where it was not waited for.
        if (static_cast<int>(look(&own->begun[block][peer]) - epoch) < 0) {
            lost = true;
        }
        ins[peer] = *static_cast<const Vector* volatile*>(&own->in[block][peer]);
        outs[peer] = *static_cast<Vector* volatile*>(&own->out[block][peer]);
    }
    __syncthreads();
    if (!lost) {
        int first = static_cast<int>(static_cast<long long>(vectors) * rank / ranks);
        int end = static_cast<int>(static_cast<long long>(vectors) * (rank + 1) / ranks);
        int stride = SHARED_BLOCKS * THREADS;
        for (int i = first + block * THREADS + threadIdx.x; i < end; i += UNROLL * stride) {
            float sums[UNROLL][8] = {};
            for (int p = 0; p < ranks; p++) {
                Vector parts[UNROLL];
#pragma unroll
                for (int u = 0; u < UNROLL; u++) {
                    if (i + u * stride < end) {
                        parts[u] = loadFresh(ins[p] + i + u * stride);
                    }
                }
#pragma unroll
                for (int u = 0; u < UNROLL; u++) {
                    if (i + u * stride < end) {
                        add(sums[u], parts[u]);
                    }
                }
            }
#pragma unroll
            for (int u = 0; u < UNROLL; u++) {
                if (i + u * stride < end) {
                    Vector total = narrowed(sums[u]);
                    for (int p = 0; p < ranks; p++) {
                        outs[p][i + u * stride] = total;
                    }
                }
            }
        }
    }
    __threadfence_system();
    __syncthreads();
    if (tells) {
        raise(&exchanges[peer]->written[block][rank], epoch);
        waitFor(&own->written[block][peer], epoch, aborted);
    }
}
