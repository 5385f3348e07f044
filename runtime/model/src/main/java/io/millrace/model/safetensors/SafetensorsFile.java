package io.millrace.model.safetensors;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.model.gguf.GgmlType;
import io.millrace.model.gguf.GgufTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of one mapped file: eight bytes with the length of the header, the header as JSON, the tensors' bytes. */
final class SafetensorsFile {
    /** The reference implementation's own limit. */
    static final long MAX_HEADER = 100_000_000;

    private static final int MAX_DIMENSIONS = 4;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Map<String, GgmlType> TYPES =
            Map.of("F32", GgmlType.F32, "F16", GgmlType.F16, "BF16", GgmlType.BF16);

    private final String source;
    private final MemorySegment data;
    private final List<Placed> placed = new ArrayList<>();

    private record Placed(GgufTensor tensor, long begin, long end) {}

    private SafetensorsFile(String source, MemorySegment data) {
        this.source = source;
        this.data = data;
    }

    /**
     * Maps the file until {@code arena} is closed.
     *
     * @return tensors by their names in the file
     * @throws IOException naming the file and what is wrong with it
     */
    static Map<String, GgufTensor> map(Path path, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return tensors(path.getFileName().toString(), all);
        }
    }

    static Map<String, GgufTensor> tensors(String source, MemorySegment file) throws IOException {
        if (file.byteSize() < Long.BYTES) {
            throw new IOException(source + " is too short for a header");
        }
        long header = file.get(LONG, 0);
        if (header < 0 || header > MAX_HEADER || header > file.byteSize() - Long.BYTES) {
            throw new IOException(source + ": the header has " + Long.toUnsignedString(header) + " bytes; "
                    + (file.byteSize() - Long.BYTES) + " follow, and the limit is " + MAX_HEADER);
        }
        byte[] json = file.asSlice(Long.BYTES, header).toArray(ValueLayout.JAVA_BYTE);
        MemorySegment data = file.asSlice(Long.BYTES + header).asReadOnly();
        return new SafetensorsFile(source, data).tensors(JsonObject.parse(source + ": the header", json));
    }

    private Map<String, GgufTensor> tensors(JsonObject header) throws IOException {
        for (Map.Entry<String, JsonNode> member : header.node().properties()) {
            if (!member.getKey().equals("__metadata__")) {
                placed.add(place(member.getKey(), header.object(member.getKey())));
            }
        }
        refuseOverlap();
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        placed.forEach(each -> tensors.put(each.tensor.name(), each.tensor));
        return tensors;
    }

    private Placed place(String name, JsonObject record) throws IOException {
        String dtype = record.text("dtype").orElseThrow(() -> wrong(name, "has no dtype"));
        GgmlType type = TYPES.get(dtype);
        if (type == null) {
            throw wrong(name, "is of dtype " + dtype + ", supported are BF16, F16, F32");
        }
        long[] shape = integers(name, "shape", record.required("shape"));
        long[] offsets = integers(name, "data_offsets", record.required("data_offsets"));
        if (shape.length < 1 || shape.length > MAX_DIMENSIONS || offsets.length != 2) {
            throw wrong(name, "has " + shape.length + " dimensions and " + offsets.length + " offsets");
        }
        long bytes = bytes(name, shape, type);
        if (offsets[1] > data.byteSize() || offsets[0] > offsets[1] || offsets[1] - offsets[0] != bytes) {
            throw wrong(
                    name,
                    "lies at " + offsets[0] + " to " + offsets[1] + ", but has " + bytes + " bytes, and "
                            + data.byteSize() + " follow the header");
        }
        return new Placed(new GgufTensor(name, type, shape, data.asSlice(offsets[0], bytes)), offsets[0], offsets[1]);
    }

    private long bytes(String name, long[] shape, GgmlType type) throws IOException {
        try {
            long bytes = type.blockBytes();
            for (long dimension : shape) {
                bytes = Math.multiplyExact(bytes, dimension);
            }
            if (bytes == 0) {
                throw wrong(name, "has a dimension of 0");
            }
            return bytes;
        } catch (ArithmeticException overflow) {
            throw wrong(name, "has a size that overflows 64 bits");
        }
    }

    private long[] integers(String name, String field, JsonNode array) throws IOException {
        long[] integers = new long[array.size()];
        for (int i = 0; i < integers.length; i++) {
            JsonNode element = array.get(i);
            if (element == null
                    || !element.isIntegralNumber()
                    || !element.canConvertToLong()
                    || element.longValue() < 0) {
                throw wrong(name, "has a " + field + " that is no list of counts");
            }
            integers[i] = element.longValue();
        }
        return integers;
    }

    private void refuseOverlap() throws IOException {
        List<Placed> byBegin = new ArrayList<>(placed);
        byBegin.sort(Comparator.comparingLong(Placed::begin));
        for (int i = 1; i < byBegin.size(); i++) {
            if (byBegin.get(i - 1).end > byBegin.get(i).begin) {
                throw wrong(
                        byBegin.get(i).tensor.name(),
                        "overlaps " + byBegin.get(i - 1).tensor.name());
            }
        }
    }

    private IOException wrong(String name, String problem) {
        return new IOException(source + ": tensor " + name + " " + problem);
    }
}
