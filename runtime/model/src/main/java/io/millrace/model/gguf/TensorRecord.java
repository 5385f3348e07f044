package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the header says of one tensor.
 *
 * @param at     byte of the file at which the record begins
 * @param shape  rows first: the reverse of the file's order
 * @param offset of the data from the start of the data section
 * @param bytes  length of the data, at least 1
 */
record TensorRecord(long at, String name, GgmlType type, long[] shape, long offset, long bytes) {
    /** ggml's GGML_MAX_NAME. */
    static final int MAX_NAME_BYTES = 64;

    private static final int MAX_DIMENSIONS = 4;

    static TensorRecord read(GgufCursor cursor, String field, long alignment) throws GgufException {
        long at = cursor.position();
        String name = cursor.string(field + " name", MAX_NAME_BYTES);
        long[] shape = readShape(cursor, "tensor " + name + " shape");
        GgmlType type = readType(cursor, "tensor " + name + " type");
        long offsetAt = cursor.position();
        long offset = cursor.u64("tensor " + name + " offset", Long.MAX_VALUE);
        if ((offset & (alignment - 1)) != 0) {
            throw GgufException.at(
                    offsetAt, "tensor " + name + " offset", offset + " is no multiple of the alignment " + alignment);
        }
        return new TensorRecord(at, name, type, shape, offset, sizeOf(at, name, type, shape));
    }

    private static long[] readShape(GgufCursor cursor, String field) throws GgufException {
        long at = cursor.position();
        long dimensions = cursor.u32(field);
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw GgufException.at(at, field, dimensions + " dimensions, not 1 to " + MAX_DIMENSIONS);
        }
        long[] shape = new long[(int) dimensions];
        for (int i = shape.length - 1; i >= 0; i--) {
            shape[i] = cursor.u64(field, Long.MAX_VALUE);
            if (shape[i] == 0) {
                throw GgufException.at(cursor.position() - Long.BYTES, field, "a dimension is 0");
            }
        }
        return shape;
    }

    private static GgmlType readType(GgufCursor cursor, String field) throws GgufException {
        long at = cursor.position();
        long id = cursor.u32(field);
        return GgmlType.byId(id)
                .orElseThrow(() -> GgufException.at(
                        at, field, "ggml type " + id + " is unknown, supported are " + GgmlType.supportedNames()));
    }

    private static long sizeOf(long at, String name, GgmlType type, long[] shape) throws GgufException {
        long columns = shape[shape.length - 1];
        if (columns % type.blockSize() != 0) {
            String problem = columns + " columns are no multiple of " + type + "'s block of " + type.blockSize();
            throw GgufException.at(at, "tensor " + name + " shape", problem);
        }
        try {
            long bytes = Math.multiplyExact(columns / type.blockSize(), (long) type.blockBytes());
            for (int i = 0; i < shape.length - 1; i++) {
                bytes = Math.multiplyExact(bytes, shape[i]);
            }
            return bytes;
        } catch (ArithmeticException overflow) {
            throw GgufException.at(at, "tensor " + name + " shape", "the size overflows 64 bits");
        }
    }

    /** Cuts each tensor's data out of the file, in the order given. */
    static Map<String, GgufTensor> place(List<TensorRecord> records, MemorySegment file, long dataStart)
            throws GgufException {
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (TensorRecord record : records) {
            if (tensors.put(record.name, record.place(file, dataStart)) != null) {
                throw GgufException.at(record.at, "tensor " + record.name, "is there twice");
            }
        }
        refuseOverlap(records);
        return tensors;
    }

    private GgufTensor place(MemorySegment file, long dataStart) throws GgufException {
        long left = Math.max(0, file.byteSize() - dataStart);
        if (bytes > left || offset > left - bytes) {
            String problem = "data of " + bytes + " bytes at " + offset + " pass the end of the file: " + left
                    + " bytes follow the header";
            throw GgufException.at(at, "tensor " + name, problem);
        }
        return new GgufTensor(
                name, type, shape, file.asSlice(dataStart + offset, bytes).asReadOnly());
    }

    /** Ends do not overflow here: every tensor was placed inside the file. */
    private static void refuseOverlap(List<TensorRecord> records) throws GgufException {
        List<TensorRecord> byOffset = new ArrayList<>(records);
        byOffset.sort(Comparator.comparingLong(TensorRecord::offset));
        for (int i = 1; i < byOffset.size(); i++) {
            TensorRecord before = byOffset.get(i - 1);
            TensorRecord after = byOffset.get(i);
            if (before.offset + before.bytes > after.offset) {
                throw GgufException.at(after.at, "tensor " + after.name, "its data overlap those of " + before.name);
            }
        }
    }
}
