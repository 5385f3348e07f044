package io.millrace.model.gguf;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes small GGUF files, right ones and, through the raw methods and fields, wrong ones. */
final class GgufWriter {
    private record Tensor(String name, int type, long[] shape, byte[] data, long offset) {}

    int version = 3;
    int alignment = 32;
    /** Added to the tensor count in the header. */
    long tensorCountError = 0;

    private final List<Map.Entry<String, byte[]>> values = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private long dataEnd = 0;

    GgufWriter string(String key, String value) {
        return raw(key, GgufValueType.STRING, text(value));
    }

    GgufWriter uint32(String key, int value) {
        return raw(key, GgufValueType.UINT32, ints(value));
    }

    GgufWriter float32(String key, float value) {
        return raw(key, GgufValueType.FLOAT32, ints(Float.floatToRawIntBits(value)));
    }

    GgufWriter bool(String key, int value) {
        return raw(key, GgufValueType.BOOL, new byte[] {(byte) value});
    }

    GgufWriter strings(String key, String... elements) {
        byte[][] texts = new byte[elements.length][];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = text(elements[i]);
        }
        return array(key, GgufValueType.STRING, elements.length, join(texts));
    }

    GgufWriter int32s(String key, int... elements) {
        return array(key, GgufValueType.INT32, elements.length, ints(elements));
    }

    GgufWriter array(String key, GgufValueType element, long count, byte[] elements) {
        return raw(key, GgufValueType.ARRAY, join(ints(element.ordinal()), longs(count), elements));
    }

    /** Replaces an earlier value of the same key. */
    GgufWriter raw(String key, GgufValueType type, byte[] value) {
        values.removeIf(entry -> entry.getKey().equals(key));
        return again(key, type, value);
    }

    /** Keeps an earlier value of the same key, which no reader should accept. */
    GgufWriter again(String key, GgufValueType type, byte[] value) {
        values.add(Map.entry(key, join(ints(type.ordinal()), value)));
        return this;
    }

    GgufWriter without(String key) {
        values.removeIf(entry -> entry.getKey().equals(key));
        return this;
    }

    /** A tensor after the last one, its shape rows first. */
    GgufWriter tensor(String name, int type, byte[] data, long... shape) {
        return tensorAt(dataEnd, name, type, data, shape);
    }

    GgufWriter tensorAt(long offset, String name, int type, byte[] data, long... shape) {
        tensors.add(new Tensor(name, type, shape, data, offset));
        dataEnd = Math.max(dataEnd, (offset + data.length + alignment - 1) / alignment * alignment);
        return this;
    }

    GgufWriter withoutTensor(String name) {
        tensors.removeIf(tensor -> tensor.name.equals(name));
        return this;
    }

    byte[] bytes() {
        byte[] header = header();
        if (tensors.isEmpty()) {
            return header;
        }
        int start = (header.length + alignment - 1) / alignment * alignment;
        int length = tensors.stream()
                .mapToInt(tensor -> (int) tensor.offset + tensor.data.length)
                .max()
                .getAsInt();
        ByteBuffer file = ByteBuffer.allocate(start + length).put(header);
        tensors.forEach(tensor -> file.put(start + (int) tensor.offset, tensor.data));
        return file.array();
    }

    /** All that comes before the padding and the tensors' data. */
    byte[] header() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(join(ints(0x46554747, version), longs(tensors.size() + tensorCountError, values.size())));
        values.forEach(entry -> out.writeBytes(join(text(entry.getKey()), entry.getValue())));
        tensors.forEach(tensor -> out.writeBytes(record(tensor)));
        return out.toByteArray();
    }

    private static byte[] record(Tensor tensor) {
        long[] reversed = new long[tensor.shape.length];
        for (int i = 0; i < reversed.length; i++) {
            reversed[i] = tensor.shape[reversed.length - 1 - i];
        }
        return join(text(tensor.name), ints(reversed.length), longs(reversed), ints(tensor.type), longs(tensor.offset));
    }

    GgufFile open() throws GgufException {
        return open(MemorySegment.ofArray(bytes()));
    }

    static GgufFile open(MemorySegment bytes) throws GgufException {
        return GgufParser.parse(bytes, Arena.ofAuto());
    }

    static byte[] text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return join(longs(utf8.length), utf8);
    }

    static byte[] ints(int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asIntBuffer().put(values);
        return buffer.array();
    }

    static byte[] longs(long... values) {
        ByteBuffer buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asLongBuffer().put(values);
        return buffer.array();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
