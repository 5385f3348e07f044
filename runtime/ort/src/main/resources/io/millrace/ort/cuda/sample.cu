#include "block.cuh"
#include "numbers.cuh"

// Draws a token for each row of logits as io.millrace.ort.Sampler does on the CPU: penalties, temperature, top-k, top-p,
// min-p, then one draw by counter. One block of 1,024 threads a row; a row is read a few times, which the second-level
// cache serves. Where top-k, top-p or min-p hold, at most the CANDIDATES largest logits are considered.

constexpr int CANDIDATES = THREADS;
constexpr int PER_THREAD = 8;
constexpr int TILE = THREADS * PER_THREAD;
/** A vocabulary has at most MAX_TILES * TILE = 524,288 tokens. */
constexpr int MAX_TILES = 64;
/** What ids get where a logit is infinite or not a number. */
constexpr int NOT_FINITE = -1;

#ifdef BF16
constexpr unsigned int EXPONENT = 0x7f80;
constexpr float LARGEST_HALF = 0x1.fep127f;
#else
constexpr unsigned int EXPONENT = 0x7c00;
constexpr float LARGEST_HALF = 65504.0f;
#endif

/** How one row is sampled; 64 bytes, written by io.millrace.ort.cuda.EncodedRows. */
struct Row {
    unsigned long long seed;
    int position;
    /** Where lastSampled has the row's sequence; negative for a row that only fills a batch. */
    int slot;
    float temperature;
    int topK;
    float topP;
    float minP;
    float repetitionPenalty;
    float presencePenalty;
    float frequencyPenalty;
    /** Range of the history, whose first promptLength tokens are prompt; empty where there are no penalties. */
    int historyBegin;
    int historyEnd;
    int promptLength;
    /** 1 where lastSampled[slot] is the history's last token, unknown when the step was planned. */
    int pending;
    int unused;
};
static_assert(sizeof(Row) == 64, "EncodedRows writes rows of 64 bytes");

struct Logits {
    Half* row;
    int vocabulary;
    bool aligned;

    /** The tile's part of this thread, as floats' bits; NONE where the row has ended. */
    __device__ void read(int tile, Half (&bits)[PER_THREAD]) const {
        int at = tile * TILE + threadIdx.x * PER_THREAD;
        if (aligned && at < vocabulary) {
            Vector v = loadVector(row + at);
#pragma unroll
            for (int i = 0; i < PER_THREAD; i++) {
                bits[i] = element(v, i);
            }
        } else {
#pragma unroll
            for (int i = 0; i < PER_THREAD; i++) {
                bits[i] = at + i < vocabulary ? row[at + i] : NONE;
            }
        }
    }

    __device__ int tiles() const {
        return (vocabulary + TILE - 1) / TILE;
    }

    __device__ static int token(int tile, int i) {
        return tile * TILE + threadIdx.x * PER_THREAD + i;
    }

    /** A negative number that is none: the lowest in order. */
    static constexpr Half NONE = 0xffff;
};

/** Compares as the number does of which these are the bits. NONE is 0. */
__device__ inline unsigned int ordered(Half bits) {
    return bits & 0x8000 ? 0xffffu & ~static_cast<unsigned int>(bits) : bits | 0x8000u;
}

__device__ inline Half unordered(unsigned int key) {
    return static_cast<Half>(key & 0x8000 ? key ^ 0x8000 : ~key);
}

/** Sorts by descending logit, then ascending token. */
__device__ inline Key candidate(unsigned int key, int token) {
    return static_cast<Key>(0xffffu - key) << 32 | static_cast<unsigned int>(token);
}

__device__ inline float weight(Half bits, float largest, float temperature) {
    return bits == Logits::NONE ? 0.0f : __expf((widen(bits) - largest) / temperature);
}

__device__ inline unsigned long long mix(unsigned long long z) {
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

/** io.millrace.ort.CounterRandom, bit by bit. */
__device__ inline double uniform(unsigned long long seed, int position) {
    constexpr unsigned long long INCREMENT = 0x9e3779b97f4a7c15ull;
    return (mix(mix(seed + INCREMENT) + position * INCREMENT) >> 11) * 0x1p-53;
}

/** The tokens that a row's penalties concern. */
struct History {
    const int* tokens;
    int known;
    /** known, and one more where the last one was pending. */
    int all;
    int pendingToken;

    __device__ int token(int i) const {
        return i < known ? tokens[i] : pendingToken;
    }
};

/** In counts: a token whose penalty was applied, with the bits that its logit had before. */
constexpr int PENALIZED = 0x80000000;

/**
 * counts [vocabulary] is zero before; forget makes it so again. Changed logits are rounded to their type, and
 * stay finite.
 */
__device__ inline void penalize(const Logits& logits, const Row& row, const History& history, int* counts) {
    for (int i = threadIdx.x; i < history.all; i += THREADS) {
        if (i >= row.promptLength) {
            atomicAdd(&counts[history.token(i)], 1);
        }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < history.all; i += THREADS) {
        int token = history.token(i);
        int count = atomicOr(&counts[token], PENALIZED);
        if (count >= 0) {
            Half bits = logits.row[token];
            float logit = widen(bits);
            logit = logit > 0 ? logit / row.repetitionPenalty : logit * row.repetitionPenalty;
            logit -= count > 0 ? row.presencePenalty + count * row.frequencyPenalty : 0.0f;
            logits.row[token] = narrow(fminf(fmaxf(logit, -LARGEST_HALF), LARGEST_HALF));
            counts[token] = PENALIZED | bits;
        }
    }
    __syncthreads();
}

__device__ inline void forget(const History& history, int* counts) {
    for (int i = threadIdx.x; i < history.all; i += THREADS) {
        counts[history.token(i)] = 0;
    }
}

struct Largest {
    unsigned int key;
    /** The lowest of those that tie. */
    int token;
    /** Of this thread's logits alone. */
    unsigned int ownKey;
    bool finite;
};

__device__ inline Largest findLargest(const Logits& logits) {
    Key best = ~0ull;
    bool finite = true;
    for (int tile = 0; tile < logits.tiles(); tile++) {
        Half bits[PER_THREAD];
        logits.read(tile, bits);
#pragma unroll
        for (int i = 0; i < PER_THREAD; i++) {
            finite &= (bits[i] & EXPONENT) != EXPONENT || bits[i] == Logits::NONE && Logits::token(tile, i) >= logits.vocabulary;
            Key key = candidate(ordered(bits[i]), Logits::token(tile, i));
            best = key < best ? key : best;
        }
    }
    Largest largest;
    largest.ownKey = best == ~0ull ? 0 : 0xffffu - static_cast<unsigned int>(best >> 32);
    best = blockReduce(best, [](Key a, Key b) { return a < b ? a : b; });
    largest.key = 0xffffu - static_cast<unsigned int>(best >> 32);
    largest.token = static_cast<int>(best);
    largest.finite = __syncthreads_and(finite);
    return largest;
}

/** The sum of all weights. */
__device__ inline float massOfAll(const Logits& logits, float largest, float temperature) {
    float mass = 0;
    for (int tile = 0; tile < logits.tiles(); tile++) {
        Half bits[PER_THREAD];
        logits.read(tile, bits);
#pragma unroll
        for (int i = 0; i < PER_THREAD; i++) {
            mass += weight(bits[i], largest, temperature);
        }
    }
    return blockReduce(mass, [](float a, float b) { return a + b; });
}

__device__ inline float massOfTile(const Logits& logits, int tile, float largest, float temperature, Half (&bits)[PER_THREAD]) {
    logits.read(tile, bits);
    float mass = 0;
#pragma unroll
    for (int i = 0; i < PER_THREAD; i++) {
        mass += weight(bits[i], largest, temperature);
    }
    return mass;
}

/** In order of tokens: the first up to which the weights sum to more than draw times all. */
__device__ inline int drawFromAll(const Logits& logits, float largest, float temperature, double draw) {
    __shared__ float masses[MAX_TILES];
    __shared__ int drawn;
    Half bits[PER_THREAD];
    double all = 0;
    for (int tile = 0; tile < logits.tiles(); tile++) {
        float mass;
        blockScan(massOfTile(logits, tile, largest, temperature, bits), mass);
        masses[tile] = mass;
        all += mass;
    }
    double left = draw * all;
    int tile = 0;
    while (tile < logits.tiles() - 1 && left >= masses[tile]) {
        left -= masses[tile++];
    }
    float own = massOfTile(logits, tile, largest, temperature, bits);
    float total;
    float reached = blockScan(own, total);
    int lastThread = (logits.vocabulary - 1 - tile * TILE) / PER_THREAD;
    int thread = min(__syncthreads_count(reached <= left), min(lastThread, THREADS - 1));
    if (threadIdx.x == thread) {
        left -= reached - own;
        int i = 0;
        bool passed = true;
#pragma unroll
        for (int j = 0; j < PER_THREAD - 1; j++) {
            float mass = weight(bits[j], largest, temperature);
            passed = passed && left >= mass && Logits::token(tile, j + 1) < logits.vocabulary;
            left -= passed ? mass : 0;
            i += passed;
        }
        drawn = Logits::token(tile, i);
    }
    __syncthreads();
    return drawn;
}

/**
 * One digit of a radix select: of the keys of at least lowest and with the given upper byte (256: any), finds the byte
 * (upper where 256, else lower) that holds the kept-th largest. above becomes how many are in bytes above it.
 */
__device__ inline unsigned int selectByte(const Logits& logits, unsigned int lowest, unsigned int upper, int kept, int& above) {
    __shared__ int histogram[256];
    __shared__ int found[2];
    if (threadIdx.x < 256) {
        histogram[threadIdx.x] = 0;
    }
    __syncthreads();
    for (int tile = 0; tile < logits.tiles(); tile++) {
        Half bits[PER_THREAD];
        logits.read(tile, bits);
#pragma unroll
        for (int i = 0; i < PER_THREAD; i++) {
            unsigned int key = ordered(bits[i]);
            if (key >= lowest && bits[i] != Logits::NONE && (upper == 256 || key >> 8 == upper)) {
                atomicAdd(&histogram[upper == 256 ? key >> 8 : key & 0xff], 1);
            }
        }
    }
    __syncthreads();
    int count = threadIdx.x < 256 ? histogram[255 - threadIdx.x] : 0;
    int total;
    int reached = blockScan(count, total);
    if (reached >= kept && reached - count < kept) {
        found[0] = 255 - threadIdx.x;
        found[1] = reached - count;
    }
    __syncthreads();
    above = found[1];
    return found[0];
}

/** The key of the kept-th largest logit; above becomes how many are larger. */
__device__ inline unsigned int selectKey(const Logits& logits, unsigned int ownKey, int kept, Key* keys, int& above) {
    // Each thread's largest is one of all: none below the kept-th largest of those can be among the kept. That leaves few
    // to count.
    keys[threadIdx.x] = candidate(ownKey, 0);
    blockSort(keys, THREADS);
    unsigned int lowest = 0xffffu - static_cast<unsigned int>(keys[kept - 1] >> 32);
    int aboveUpper;
    int aboveLower;
    unsigned int upper = selectByte(logits, lowest, 256, kept, aboveUpper);
    unsigned int lower = selectByte(logits, lowest, upper, kept - aboveUpper, aboveLower);
    above = aboveUpper + aboveLower;
    return upper << 8 | lower;
}

/** Fills keys with the kept largest, sorted. Of those that tie with the last, the lowest tokens. */
__device__ inline void collect(const Logits& logits, unsigned int ownKey, int kept, Key* keys) {
    __shared__ int taken;
    int above;
    unsigned int limit = selectKey(logits, ownKey, kept, keys, above);
    if (threadIdx.x == 0) {
        taken = 0;
    }
    keys[threadIdx.x] = ~0ull;
    __syncthreads();
    int ties = 0;
    for (int tile = 0; tile < logits.tiles(); tile++) {
        Half bits[PER_THREAD];
        logits.read(tile, bits);
        int equal = 0;
#pragma unroll
        for (int i = 0; i < PER_THREAD; i++) {
            unsigned int key = ordered(bits[i]);
            equal += key == limit;
            if (key > limit) {
                keys[atomicAdd(&taken, 1)] = candidate(key, Logits::token(tile, i));
            }
        }
        int inTile;
        int rank = above + ties + blockScan(equal, inTile) - equal;
#pragma unroll
        for (int i = 0; i < PER_THREAD; i++) {
            if (ordered(bits[i]) == limit && rank < kept) {
                keys[rank++] = candidate(limit, Logits::token(tile, i));
            }
        }
        ties += inTile;
    }
    int count = 1;
    while (count < kept) {
        count *= 2;
    }
    blockSort(keys, count);
}

/** From the likeliest tokens; each thread holds one of them. */
__device__ inline int drawFromTop(const Logits& logits, const Row& row, const Largest& most, float largest, double draw) {
    __shared__ Key keys[CANDIDATES];
    __shared__ float reachedLast;
    int kept = min(row.topK == 0 ? CANDIDATES : min(row.topK, CANDIDATES), logits.vocabulary);
    float all = row.topK == 0 && row.topP < 1 ? massOfAll(logits, largest, row.temperature) : 0;
    collect(logits, most.ownKey, kept, keys);
    Key own = keys[threadIdx.x];
    bool isKept = threadIdx.x < kept;
    Half bits = unordered(0xffffu - static_cast<unsigned int>(own >> 32));
    float mass = isKept ? weight(bits, largest, row.temperature) : 0;
    float total;
    float reached = blockScan(mass, total);
    // Top-p of 1 keeps all, whatever the sum rounds to.
    float limit = row.topP >= 1 ? __int_as_float(0x7f800000) : row.topP * (row.topK == 0 ? all : total);
    bool drawable = threadIdx.x == 0 || isKept && reached - mass < limit && mass >= row.minP;
    int count = __syncthreads_count(drawable);
    if (threadIdx.x == count - 1) {
        reachedLast = reached;
    }
    __syncthreads();
    bool passed = threadIdx.x < count && reached <= draw * reachedLast;
    int chosen = min(__syncthreads_count(passed), count - 1);
    return static_cast<int>(keys[chosen]);
}

/**
 * logits [rows, vocabulary], changed by penalties; rows [rows]; history is what the rows' ranges point into; counts
 * [rows, vocabulary] is zero before and after. Writes ids [rows], logProbs [rows] (logarithm of the chosen token's
 * probability in the logits as they came), and lastSampled at the rows' slots. Grid: rows.
 */
extern "C" __global__ void __launch_bounds__(THREADS)
sample(Half* logits, const Row* rows, const int* history, int* counts, int* ids, float* logProbs, int* lastSampled,
       int vocabulary) {
    Row row = rows[blockIdx.x];
    size_t offset = static_cast<size_t>(blockIdx.x) * vocabulary;
    Logits own{logits + offset, vocabulary, vocabulary % PER_THREAD == 0};
    counts += offset;
    Largest most = findLargest(own);
    bool finite = most.finite;
    float first = widen(unordered(most.key));
    float mass = massOfAll(own, first, 1.0f);
    bool penalties = row.repetitionPenalty != 1 || row.presencePenalty != 0 || row.frequencyPenalty != 0;
    History past{history + row.historyBegin, row.historyEnd - row.historyBegin, 0, 0};
    if (penalties && finite) {
        past.all = past.known + row.pending;
        past.pendingToken = row.pending ? lastSampled[row.slot] : 0;
        penalize(own, row, past, counts);
        most = findLargest(own);
    }
    float largest = widen(unordered(most.key));
    int token = most.token;
    if (finite && row.temperature > 0) {
        double draw = uniform(row.seed, row.position);
        token = row.topK == 0 && row.topP >= 1 && row.minP == 0
            ? drawFromAll(own, largest, row.temperature, draw)
            : drawFromTop(own, row, most, largest, draw);
    }
    if (threadIdx.x == 0) {
        int before = past.all == 0 ? 0 : counts[token];
        float logit = widen(before < 0 ? static_cast<Half>(before) : own.row[token]);
        ids[blockIdx.x] = finite ? token : NOT_FINITE;
        logProbs[blockIdx.x] = finite ? logit - first - logf(mass) : 0.0f;
        if (row.slot >= 0) {
            // The next step may run before anybody has seen that this one failed: it needs an id that exists.
            lastSampled[row.slot] = finite ? token : 0;
        }
    }
    __syncthreads();
    forget(past, counts);
}
