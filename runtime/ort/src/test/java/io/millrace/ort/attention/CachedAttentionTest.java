package io.millrace.ort.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ort.attention.AttendedSequences.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against attention as the formula says it, in double precision, without a cache. */
class CachedAttentionTest {
    private static final float TOLERANCE = 1e-5f;
    private static final int CAPACITY = 48;
    private static final long SEED = 7;

    private static AttentionShape shape(int width, int group, double softcap, int window) {
        return new AttentionShape(2 * group, 2, width, CAPACITY, 1 / Math.sqrt(width), softcap, window);
    }

    private static List<Part> step(Part... parts) {
        return List.of(parts);
    }

    /** The sequence alone, in pieces of these lengths. */
    private static List<List<Part>> pieces(int sequence, int slot, int... lengths) {
        return Arrays.stream(lengths)
                .mapToObj(length -> step(new Part(sequence, slot, length)))
                .toList();
    }

    private static int[] ones(int count) {
        return IntStream.generate(() -> 1).limit(count).toArray();
    }

    private static void assertFormula(AttentionShape shape, int length, int... pieces) {
        AttendedSequences sequences = new AttendedSequences(shape, SEED, length);
        assertArrayEquals(
                sequences.expected(0), sequences.attend(pieces(0, 1, pieces))[0], TOLERANCE, shape.toString());
    }

    static Stream<AttentionShape> shapes() {
        return IntStream.of(32, 64, 96, 128, 256)
                .boxed()
                .flatMap(width -> Stream.of(1, 2, 3, 4, 7, 8).map(group -> shape(width, group, 0, 0)));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aPromptAndATokenAttendAsTheFormulaSays(AttentionShape shape) {
        assertFormula(shape, 36, 35, 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 16, 17, 33, 100})
    void aWindowHidesWhatIsOlder(int window) {
        assertFormula(shape(64, 3, 0, window), CAPACITY, 20, 1, 1, 26);
        assertFormula(shape(64, 4, 0, window), CAPACITY, 1, 1, 20, 26);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 50})
    void scoresAreCapped(double softcap) {
        assertFormula(shape(64, 3, softcap, 0), 36, 35, 1);
        assertFormula(shape(256, 4, softcap, 9), 36, 30, 6);
    }

    @Test
    void aSequenceMayFillItsSlotToTheLastPosition() {
        assertFormula(shape(64, 3, 0, 0), CAPACITY, 16, 15, 17);
        assertFormula(shape(64, 1, 0, 0), CAPACITY, ones(CAPACITY));
    }

    @Test
    void scoresOfAnySizeLeaveNumbers() {
        for (double scale : new double[] {1e-6, 30, 1e6}) {
            AttentionShape shape = new AttentionShape(3, 1, 64, CAPACITY, scale, 0, 0);
            float[] attended = new AttendedSequences(shape, SEED, 40).attend(pieces(0, 0, 39, 1))[0];
            for (float value : attended) {
                assertTrue(Float.isFinite(value), "scale " + scale);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aChunkIsToTheBitWhatItsTokensAreOneByOne(AttentionShape shape) {
        assertAlike(shape);
        assertAlike(shape(shape.width(), shape.group(), 20, 0));
        assertAlike(shape(shape.width(), shape.group(), 0, 11));
    }

    private static void assertAlike(AttentionShape shape) {
        AttendedSequences sequences = new AttendedSequences(shape, SEED, 39);
        float[] single = sequences.attend(pieces(0, 0, ones(39)))[0];
        assertArrayEquals(single, sequences.attend(pieces(0, 0, 39))[0], 0, shape.toString());
        assertArrayEquals(single, sequences.attend(pieces(0, 2, 2, 21, 1, 15))[0], 0, shape.toString());
    }

    @Test
    void aRowIsToTheBitTheSameWhateverIsBesideIt() {
        AttendedSequences sequences = new AttendedSequences(shape(64, 3, 0, 0), SEED, 20, 33, 3);
        List<List<Part>> together = new ArrayList<>();
        together.add(step(new Part(1, 0, 30), new Part(0, 2, 18)));
        together.add(step(new Part(0, 2, 1), new Part(2, 3, 2), new Part(1, 0, 2)));
        together.add(step(new Part(2, 3, 1), new Part(1, 0, 1), new Part(0, 2, 1)));
        float[][] attended = sequences.attend(together);
        assertArrayEquals(sequences.attend(pieces(0, 0, 18, 1, 1))[0], attended[0], 0);
        assertArrayEquals(sequences.attend(pieces(1, 4, 30, 2, 1))[1], attended[1], 0);
        assertArrayEquals(sequences.attend(pieces(2, 1, 2, 1))[2], attended[2], 0);
        assertFalse(Arrays.equals(attended[0], 0, 3, attended[1], 0, 3));
    }

    @Test
    void aWarmUpComputesWithinItsOwnMemory() {
        WarmUp.run(shape(64, 3, 20, 30));
    }

    @Test
    void aShapeThatVectorsDoNotFitIsRefused() {
        refused("9 heads over 2", () -> new AttentionShape(9, 2, 64, CAPACITY, 1, 0, 0));
        refused("width 48", () -> new AttentionShape(9, 3, 48, CAPACITY, 1, 0, 0));
        refused("capacity of 40", () -> new AttentionShape(9, 3, 64, 40, 1, 0, 0));
        refused("window -1", () -> new AttentionShape(9, 3, 64, CAPACITY, 1, 0, -1));
    }

    private static void refused(String what, Runnable made) {
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, made::run);
        assertTrue(refusal.getMessage().contains(what), refusal.getMessage());
    }
}
