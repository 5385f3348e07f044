package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The CUDA provider's options.
 *
 * @param stream  cudaStream_t
 * @param options by the names of the CUDA provider's page in ONNX Runtime's documentation
 */
record CudaSettings(int device, MemorySegment stream, Map<String, String> options) {
    CudaSettings {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("device_id", Integer.toString(device));
        all.put("arena_extend_strategy", "kSameAsRequested");
        all.putAll(options);
        options = all;
    }

    void appendTo(MemorySegment sessionOptions) {
        OrtRuntime.requireCuda();
        try (Handle cuda = Handle.make(
                        HandleCount.Kind.CUDA_OPTIONS, OrtApi.RELEASE_CUDA_OPTIONS, OrtApi.CREATE_CUDA_OPTIONS::call);
                Arena arena = Arena.ofConfined()) {
            OrtApi.UPDATE_CUDA_OPTIONS.call(
                    cuda.pointer(), texts(options.keySet(), arena), texts(options.values(), arena), options.size());
            // As a text it would be read as unset: the default stream, on which a run blocks and a capture fails.
            OrtApi.UPDATE_CUDA_OPTION_WITH_VALUE.call(
                    cuda.pointer(), arena.allocateFrom("user_compute_stream"), stream);
            OrtApi.APPEND_CUDA.call(sessionOptions, cuda.pointer());
        }
    }

    private static MemorySegment texts(Collection<String> texts, Arena arena) {
        MemorySegment array = arena.allocate(ValueLayout.ADDRESS, texts.size());
        int i = 0;
        for (String text : texts) {
            array.setAtIndex(ValueLayout.ADDRESS, i++, arena.allocateFrom(text));
        }
        return array;
    }
}
