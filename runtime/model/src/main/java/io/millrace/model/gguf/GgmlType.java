package io.millrace.model.gguf;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How the elements of a tensor are stored: rows are cut into blocks of {@link #blockSize()} elements, each block
 * taking {@link #blockBytes()} bytes. Ids and layouts are those of ggml's {@code enum ggml_type}.
 */
public enum GgmlType {
    F32(0, 1, 4, true),
    F16(1, 1, 2, true),
    /** Scale (f16), 32 nibbles. */
    Q4_0(2, 32, 18, true),
    /** Scale and minimum (f16 each), 32 nibbles. */
    Q4_1(3, 32, 20, true),
    /** Scale (f16), 32 fifth bits, 32 nibbles. */
    Q5_0(6, 32, 22, true),
    /** Scale and minimum (f16 each), 32 fifth bits, 32 nibbles. */
    Q5_1(7, 32, 24, true),
    /** Scale (f16), 32 signed bytes. */
    Q8_0(8, 32, 34, true),
    BF16(30, 1, 2, true),
    Q2_K(10, 256, 84, false),
    Q3_K(11, 256, 110, false),
    Q4_K(12, 256, 144, true),
    Q5_K(13, 256, 176, true),
    Q6_K(14, 256, 210, true),
    Q8_K(15, 256, 292, false);

    private final int id;
    private final int blockSize;
    private final int blockBytes;
    private final boolean supported;

    GgmlType(int id, int blockSize, int blockBytes, boolean supported) {
        this.id = id;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
        this.supported = supported;
    }

    static Optional<GgmlType> byId(long id) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
    }

    /** The types whose weights can be run, for error messages. */
    static String supportedNames() {
        return Arrays.stream(values())
                .filter(GgmlType::supported)
                .map(GgmlType::name)
                .collect(Collectors.joining(", "));
    }

    public int blockSize() {
        return blockSize;
    }

    public int blockBytes() {
        return blockBytes;
    }

    /** Whether weights of this type can be run. The others are known by size only, so that they are refused by name. */
    public boolean supported() {
        return supported;
    }
}
