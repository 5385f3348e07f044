package io.millrace.ort.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostDeviceTest {
    private static final long TOO_MUCH = 1L << 60;
    private static final StepKernels NO_KERNELS = null;

    private final HostDevice device = new HostDevice(NO_KERNELS, 1);

    @AfterEach
    void close() {
        device.close();
    }

    @Test
    void bytesGoInAndComeBack() {
        MemorySegment memory = device.allocate(8);
        MemorySegment staging = device.staging(4);
        device.fill(memory, (byte) 7);
        staging.copyFrom(Arena.global().allocateFrom(ValueLayout.JAVA_BYTE, new byte[] {1, 2, 3, 4}));
        device.copyIn(memory, staging);
        staging.fill((byte) 0);
        device.copyOut(staging, memory.asSlice(2));
        try (Fence fence = device.fence()) {
            fence.await();
        }
        assertArrayEquals(new byte[] {3, 4, 7, 7}, staging.toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void releasedMemoryIsNotReached() {
        MemorySegment memory = device.allocate(8);
        device.release(memory);
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
        DeviceException twice = assertThrows(DeviceException.class, () -> device.release(memory));
        assertEquals(DeviceException.Kind.OTHER, twice.kind());
    }

    @Test
    void closingReleasesWhatIsLeft() {
        MemorySegment memory = device.allocate(8);
        device.close();
        assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void moreMemoryThanThereIsIsACase() {
        DeviceException failure = assertThrows(DeviceException.class, () -> device.allocate(TOO_MUCH));
        assertEquals(DeviceException.Kind.OUT_OF_MEMORY, failure.kind());
        assertTrue(failure.getMessage().contains(Long.toString(TOO_MUCH)), failure.getMessage());
    }

    @Test
    void whatIsAllocatedIsNotFree() {
        MemoryUse before = device.memory();
        MemorySegment memory = device.allocate(4096);
        assertEquals(new MemoryUse(before.free() - 4096, before.total()), device.memory());
        device.release(memory);
        assertEquals(before, device.memory());
    }

    @Test
    void workIsNotRunForAGraphThatTheHostHasNot() {
        assertTrue(device.capture(() -> {
                    throw new AssertionError("run");
                })
                .isEmpty());
    }
}
