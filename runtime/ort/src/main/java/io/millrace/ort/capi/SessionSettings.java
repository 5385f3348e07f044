package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a session is made. Plain values: holds nothing native, and may be used for any number of sessions. */
public final class SessionSettings {
    private final Map<String, String> entries = new LinkedHashMap<>();
    private final List<CustomOperator> operators = new ArrayList<>();
    private int threads = 1;
    private Optional<CudaSettings> cuda = Optional.empty();
    private Optional<SharedWeights> weights = Optional.empty();
    private Optional<Path> profile = Optional.empty();

    /** @param threads that compute a run on the CPU, the caller's among them; 1 where it is not said */
    public SessionSettings threads(int threads) {
        this.threads = threads;
        return this;
    }

    /** onnxruntime_session_options_config_keys.h lists the keys. */
    public SessionSettings entry(String key, String value) {
        entries.put(key, value);
        return this;
    }

    /** Adds an operator to the domain {@link io.millrace.model.onnx.OnnxGraph#MILLRACE}. */
    public SessionSettings operator(CustomOperator operator) {
        operators.add(operator);
        return this;
    }

    /** Takes initializers of these names from there, and what is packed of them. */
    public SessionSettings weights(SharedWeights shared) {
        weights = Optional.of(shared);
        return this;
    }

    /** @param prefix beginning of the name of a file for the times of all nodes, written when the session closes */
    public SessionSettings profile(Path prefix) {
        profile = Optional.of(prefix);
        return this;
    }

    /** {@link #cuda(int, MemorySegment, Map)} without more. */
    public SessionSettings cuda(int device, MemorySegment stream) {
        return cuda(device, stream, Map.of());
    }

    /**
     * Runs the graph on an NVIDIA GPU. ONNX Runtime takes as much device memory as it needs, and no more ahead;
     * initializers are kept out of its arena, which could not give their memory back.
     *
     * @param stream  cudaStream_t that all work is queued in
     * @param options of the CUDA provider, beside and above these
     */
    public SessionSettings cuda(int device, MemorySegment stream, Map<String, String> options) {
        cuda = Optional.of(new CudaSettings(device, stream, options));
        return entry("session.use_device_allocator_for_initializers", "1");
    }

    List<CustomOperator> operators() {
        return List.copyOf(operators);
    }

    Optional<SharedWeights> weights() {
        return weights;
    }

    /** Session options with all but the operators. */
    Handle handle() {
        Handle options = Handle.make(
                HandleCount.Kind.SESSION_OPTIONS, OrtApi.RELEASE_SESSION_OPTIONS, OrtApi.CREATE_SESSION_OPTIONS::call);
        try (Arena arena = Arena.ofConfined()) {
            OrtApi.SET_INTRA_OP_NUM_THREADS.call(options.pointer(), threads);
            // A plan of memory is kept for every combination of input shapes, for ever; a server sees no end of them.
            OrtApi.DISABLE_MEM_PATTERN.call(options.pointer());
            entries.forEach((key, value) -> OrtApi.ADD_SESSION_CONFIG_ENTRY.call(
                    options.pointer(), arena.allocateFrom(key), arena.allocateFrom(value)));
            profile.ifPresent(
                    prefix -> OrtApi.ENABLE_PROFILING.call(options.pointer(), arena.allocateFrom(prefix.toString())));
            weights.ifPresent(shared -> shared.addTo(options.pointer()));
            cuda.ifPresent(settings -> settings.appendTo(options.pointer()));
            return options;
        } catch (RuntimeException e) {
            options.close();
            throw e;
        }
    }
}
