package io.millrace.model.gguf;

/** Types of metadata values, in the order of their ids in the file; {@code bytes} is 0 where the length varies. */
enum GgufValueType {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(0),
    ARRAY(0),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    private static final GgufValueType[] BY_ID = values();

    private final int bytes;

    GgufValueType(int bytes) {
        this.bytes = bytes;
    }

    static GgufValueType read(GgufCursor cursor, String field) throws GgufException {
        long at = cursor.position();
        long id = cursor.u32(field);
        if (id >= BY_ID.length) {
            throw GgufException.at(at, field, "value type " + id + " is unknown");
        }
        return BY_ID[(int) id];
    }

    int bytes() {
        return bytes;
    }

    boolean isInteger() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            case FLOAT32, FLOAT64, BOOL, STRING, ARRAY -> false;
        };
    }
}
