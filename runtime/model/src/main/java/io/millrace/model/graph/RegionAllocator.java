package io.millrace.model.graph;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.ExternalTensor;
import java.util.Arrays;

/** Gives out the regions of a weight file, one behind the other. */
final class RegionAllocator {
    /** Regions begin on pages, as ONNX's external data wants for mapping. */
    private static final long PAGE = 4096;

    private long end;

    ExternalTensor region(String name, ElementType type, long... shape) {
        ExternalTensor region =
                new ExternalTensor(name, type, Arrays.stream(shape).boxed().toList(), end);
        end = Math.addExact(end, Math.ceilDiv(region.bytes(), PAGE) * PAGE);
        return region;
    }

    /** Of all regions so far. */
    long bytes() {
        return end;
    }
}
