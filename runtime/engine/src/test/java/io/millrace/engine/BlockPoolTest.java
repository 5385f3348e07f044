package io.millrace.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class BlockPoolTest {
    private final BlockPool pool = new BlockPool(2);

    @Test
    void theBlockGivenBackLastIsTakenFirst() {
        pool.take();
        int second = pool.take();
        pool.give(0);
        pool.give(second);
        assertEquals(second, pool.take());
        assertEquals(0, pool.take());
    }

    @Test
    void noBlockIsGivenBackTwice() {
        int block = pool.take();
        pool.give(block);
        assertThrows(IllegalStateException.class, () -> pool.give(block));
    }

    @Test
    void anEmptyPoolGivesNothing() {
        pool.take();
        pool.take();
        assertEquals(0, pool.free());
        assertThrows(IllegalStateException.class, pool::take);
    }
}
