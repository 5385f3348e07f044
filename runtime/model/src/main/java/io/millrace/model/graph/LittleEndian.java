package io.millrace.model.graph;

/** Numbers in the bytes of a GGUF block. */
final class LittleEndian {
    private LittleEndian() {}

    /** A float16. */
    static float half(byte[] in, int at) {
        return Float.float16ToFloat((short) (in[at] & 255 | in[at + 1] << 8));
    }
}
