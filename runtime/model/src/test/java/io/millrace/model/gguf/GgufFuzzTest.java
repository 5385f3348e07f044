package io.millrace.model.gguf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.function.LongPredicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages right files by seed: reading them must succeed or throw {@link GgufException}, and take no more heap than
 * their size warrants. A failure names its seed; {@code -Dmillrace.fuzz.seed=N} runs that case alone.
 */
class GgufFuzzTest {
    private static final Long ONLY_SEED = Long.getLong("millrace.fuzz.seed");
    private static final long FIRST_SEED = 20_261_124;
    private static final int TINY_CASES = 100_000;
    private static final int HEADER_CASES = 200;
    private static final long TINY_HEAP = 4 << 20;
    private static final long HEADER_HEAP = 512 << 20;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aDamagedFileIsReadOrRefused() {
        byte[] right = TinyLlama.writer().bytes();
        int header = TinyLlama.writer().header().length;
        run(TINY_CASES, seed -> {
            MemorySegment file = MemorySegment.ofArray(right.clone());
            return refuses(FileDamage.wound(new SplittableRandom(seed), file, header), TINY_HEAP);
        });
    }

    /** In a sparse copy as long as the real file, so that a header which is still right finds its tensors. */
    @Test
    void theRealFilesHeaderDamagedIsReadOrRefused(@TempDir Path folder) throws IOException {
        byte[] header = SmolLm2.header();
        Path copy = folder.resolve("sparse.gguf");
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(
                        copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment file = channel.map(FileChannel.MapMode.READ_WRITE, 0, SmolLm2.BYTES, arena);
            run(HEADER_CASES, seed -> {
                MemorySegment.copy(header, 0, file, ValueLayout.JAVA_BYTE, 0, header.length);
                return refuses(FileDamage.wound(new SplittableRandom(seed), file, header.length), HEADER_HEAP);
            });
        }
    }

    /** Both outcomes must come up: a reader that refused everything, or nothing, would otherwise pass. */
    private static void run(int cases, LongPredicate refuses) {
        long first = ONLY_SEED == null ? FIRST_SEED : ONLY_SEED;
        int count = ONLY_SEED == null ? cases : 1;
        long refused = LongStream.range(first, first + count)
                .filter(seed -> {
                    try {
                        return refuses.test(seed);
                    } catch (Throwable failure) {
                        throw new AssertionError("Replay with -Dmillrace.fuzz.seed=" + seed, failure);
                    }
                })
                .count();
        assertTrue(ONLY_SEED != null || refused > cases / 4 && refused < cases, refused + " of " + cases + " refused");
    }

    private boolean refuses(MemorySegment bytes, long heap) {
        long before = threads.getCurrentThreadAllocatedBytes();
        boolean refused = false;
        try {
            readAll(GgufWriter.open(bytes));
        } catch (GgufException expected) {
            refused = true;
        }
        long used = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(used < heap, "took " + used + " bytes of heap");
        return refused;
    }

    private static void readAll(GgufFile file) throws GgufException {
        for (GgufTensor tensor : file.tensors()) {
            if (tensor.type().supported()) {
                Dequantizer.row(tensor, tensor.rows() - 1, new float[Math.toIntExact(tensor.columns())], 0);
            }
        }
        ManifestReader.read(file, "fuzzed");
        TokenizerReader.read(file);
    }
}
