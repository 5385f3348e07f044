package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Each file here holds one tensor record at byte 24, or two, and is wrong in one respect. */
class TensorRecordTest {
    private static final int F32 = 0;
    private static final int Q8_0 = 8;

    private final GgufWriter writer = new GgufWriter();

    @Test
    void dataPastTheEndAreRefused() {
        writer.tensor("t", F32, new byte[8], 3);
        Refusal.of(
                "tensor t at byte 24: data of 12 bytes at 0 pass the end of the file: 8 bytes follow the header",
                writer::open);
    }

    @Test
    void anOffsetPastTheEndIsRefused() {
        writer.tensor("t", F32, new byte[8], 2);
        byte[] file = writer.bytes();
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(49, Long.MAX_VALUE - 31);
        Refusal.of(
                "tensor t at byte 24: data of 8 bytes at 9223372036854775776 pass the end of the file:"
                        + " 8 bytes follow the header",
                () -> GgufWriter.open(MemorySegment.ofArray(file)));
    }

    @Test
    void anOffsetOffTheAlignmentIsRefused() {
        writer.tensorAt(16, "t", F32, new byte[8], 2);
        Refusal.of("tensor t offset at byte 49: 16 is no multiple of the alignment 32", writer::open);
    }

    @Test
    void overlappingDataAreRefused() {
        writer.tensorAt(0, "a", F32, new byte[40], 10).tensorAt(32, "b", F32, new byte[8], 2);
        Refusal.of("tensor b at byte 57: its data overlap those of a", writer::open);
    }

    @Test
    void aNameMayNotComeTwice() {
        writer.tensor("t", F32, new byte[8], 2).tensor("t", F32, new byte[8], 2);
        Refusal.of("tensor t at byte 57: is there twice", writer::open);
    }

    @Test
    void aNameLongerThanGgmlsIsRefused() {
        writer.tensor("n".repeat(65), F32, new byte[8], 2);
        Refusal.of("tensor 0 name at byte 24: is 65, more than 64", writer::open);
    }

    @Test
    void aShapeHasOneToFourDimensionsAboveZero() {
        writer.tensor("t", F32, new byte[4], 1, 1, 1, 1, 1);
        Refusal.of("tensor t shape at byte 33: 5 dimensions, not 1 to 4", writer::open);
        writer.withoutTensor("t").tensor("t", F32, new byte[4], 0, 1);
        Refusal.of("tensor t shape at byte 45: a dimension is 0", writer::open);
    }

    @Test
    void aSizeThatOverflowsIsRefused() {
        writer.tensor("t", F32, new byte[4], 1L << 31, 1L << 31);
        Refusal.of("tensor t shape at byte 24: the size overflows 64 bits", writer::open);
    }

    @Test
    void rowsAreWholeBlocks() {
        writer.tensor("t", Q8_0, new byte[34], 1, 33);
        Refusal.of("tensor t shape at byte 24: 33 columns are no multiple of Q8_0's block of 32", writer::open);
    }

    @Test
    void anUnknownTypeIsRefused() {
        writer.tensor("t", 99, new byte[8], 2);
        Refusal.of(
                "tensor t type at byte 45: ggml type 99 is unknown, supported are"
                        + " F32, F16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, BF16, Q4_K, Q5_K, Q6_K",
                writer::open);
    }
}
