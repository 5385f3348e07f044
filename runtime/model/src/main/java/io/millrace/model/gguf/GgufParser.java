package io.millrace.model.gguf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a whole header: magic, version, counts, metadata, tensor records. Tensors' data follow it, aligned.
 *
 * <p>Nothing is allocated by a count from the file: a count only ends a loop whose every turn uses up bytes of it.
 */
final class GgufParser {
    static final int MAX_METADATA = 1 << 16;
    static final int MAX_TENSORS = 1 << 16;
    /** By the format's own rule. */
    static final int MAX_KEY_BYTES = (1 << 16) - 1;

    private static final long MAGIC = 0x46554747L;
    private static final String ALIGNMENT = "general.alignment";
    private static final long DEFAULT_ALIGNMENT = 32;
    private static final long MAX_ALIGNMENT = 1 << 16;

    private GgufParser() {}

    /** @param arena closed with the file */
    static GgufFile parse(MemorySegment file, Arena arena) throws GgufException {
        GgufCursor cursor = new GgufCursor(file, 0);
        checkMagic(cursor);
        checkVersion(cursor);
        int tensorCount = (int) cursor.u64("tensor count", MAX_TENSORS);
        int metadataCount = (int) cursor.u64("metadata count", MAX_METADATA);
        GgufMetadata metadata = readMetadata(cursor, metadataCount);
        long alignment = alignment(metadata);
        List<TensorRecord> records = new ArrayList<>();
        for (int i = 0; i < tensorCount; i++) {
            records.add(TensorRecord.read(cursor, "tensor " + i, alignment));
        }
        long padding = -cursor.position() & (alignment - 1);
        long dataStart = Math.addExact(cursor.position(), padding);
        return new GgufFile(arena, metadata, TensorRecord.place(records, file, dataStart));
    }

    private static void checkMagic(GgufCursor cursor) throws GgufException {
        long magic = cursor.u32("magic");
        if (magic != MAGIC) {
            throw GgufException.at(0, "magic", "is 0x%08x, a GGUF file begins with \"GGUF\"".formatted(magic));
        }
    }

    private static void checkVersion(GgufCursor cursor) throws GgufException {
        long at = cursor.position();
        long version = cursor.u32("version");
        if (version != 2 && version != 3) {
            String hint = (version & 0xffff) == 0 && version != 0 ? " (a big-endian file?)" : "";
            throw GgufException.at(at, "version", "is " + version + hint + ", supported are 2 and 3");
        }
    }

    private static GgufMetadata readMetadata(GgufCursor cursor, int count) throws GgufException {
        Map<String, GgufValue> values = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            long at = cursor.position();
            String key = cursor.string("metadata key " + i, MAX_KEY_BYTES);
            if (values.put(key, GgufValue.read(cursor, key)) != null) {
                throw GgufException.at(at, "metadata key " + i, "\"" + key + "\" is there twice");
            }
        }
        return new GgufMetadata(values);
    }

    private static long alignment(GgufMetadata metadata) throws GgufException {
        long alignment = metadata.integer(ALIGNMENT).orElse(DEFAULT_ALIGNMENT);
        if (alignment < 1 || alignment > MAX_ALIGNMENT || Long.bitCount(alignment) != 1) {
            throw metadata.wrong(ALIGNMENT, "is " + alignment + ", not a power of two up to " + MAX_ALIGNMENT);
        }
        return alignment;
    }
}
