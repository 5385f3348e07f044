package io.millrace.model.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RotationTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64, 96, 576})
    void productsOfVectorsStayWhatTheyAre(int size) {
        Random random = new Random(1);
        float[] a = normal(size, random);
        float[] b = normal(size, random);
        double before = dot(a, b);
        double length = Math.sqrt(dot(a, a) * dot(b, b));
        Rotation rotation = new Rotation(size);
        rotation.turn(a, 0);
        rotation.turn(b, 0);
        assertEquals(before, dot(a, b), 1e-5 * length);
    }

    @Test
    void oneLargeEntryIsSpreadOverAll() {
        float[] image = new Rotation(576).image(7);
        for (float entry : image) {
            assertTrue(Math.abs(entry) < 0.13, "an entry of " + entry);
        }
    }

    @Test
    void everyBlockOfALongVectorIsTurnedAlike() {
        Rotation rotation = new Rotation(12);
        float[] both = new float[24];
        both[5] = 1;
        both[12 + 5] = 1;
        rotation.turnAll(both);
        float[] expected = new float[24];
        System.arraycopy(rotation.image(5), 0, expected, 0, 12);
        System.arraycopy(rotation.image(5), 0, expected, 12, 12);
        assertArrayEquals(expected, both);
    }

    @Test
    void aBlockIsAPowerOfTwoThatAWidthHasTwoOfOrMore() {
        assertEquals(64, Rotation.block(1536, 64));
        assertEquals(32, Rotation.block(96, 64));
        assertEquals(32, Rotation.block(64, 64));
        assertEquals(1, Rotation.block(15, 64));
    }

    private static float[] normal(int size, Random random) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
