package io.millrace.ort;

import io.millrace.model.onnx.ElementType;
import io.millrace.ort.capi.IoBinding;
import io.millrace.ort.capi.NativeSession;
import io.millrace.ort.capi.NativeTensor;
import io.millrace.ort.capi.OrtMemory;
import io.millrace.ort.capi.RunSettings;
import io.millrace.ort.capi.SessionSettings;
import java.lang.foreign.MemorySegment;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/** A session on a shard graph. One thread at a time. */
final class ShardSession implements AutoCloseable {
    private final NativeSession session;
    private final SlotAccess cache;
    private final RunSettings settings = new RunSettings();

    /** By the cache rows that are bound; as many as there are ranges of slots, at most. */
    private final Map<KvCache.SlotRange, IoBinding> bindings = new HashMap<>();

    /**
     * @param graph a serialized ModelProto
     * @param cache as its kernels reach it
     */
    ShardSession(byte[] graph, SessionSettings settings, SlotAccess cache) {
        this.session = NativeSession.create(graph, settings);
        this.cache = cache;
    }

    /** A run over {@code slots}, whose other tensors are still to be named. */
    Run over(KvCache.SlotRange slots) {
        cache.cover(slots);
        return new Run(bindings.computeIfAbsent(slots, this::bind));
    }

    private IoBinding bind(KvCache.SlotRange slots) {
        IoBinding binding = session.bind();
        cache.bind(slots, binding);
        return binding;
    }

    @Override
    public void close() {
        bindings.values().forEach(IoBinding::close);
        settings.close();
        session.close();
    }

    /** Tensors of one run. Buffers are direct and used from position to limit, in place. */
    final class Run {
        private final IoBinding binding;

        private Run(IoBinding binding) {
            this.binding = binding;
        }

        void input(String name, IntBuffer data, long... shape) {
            input(name, ElementType.INT32, data, shape);
        }

        void input(String name, LongBuffer data, long... shape) {
            input(name, ElementType.INT64, data, shape);
        }

        void input(String name, FloatBuffer data, long... shape) {
            input(name, ElementType.FLOAT32, data, shape);
        }

        void output(String name, FloatBuffer data, long... shape) {
            try (NativeTensor tensor = tensor(ElementType.FLOAT32, data, shape)) {
                binding.output(name, tensor);
            }
        }

        void compute() {
            session.run(binding, settings);
        }

        private void input(String name, ElementType type, Buffer data, long... shape) {
            try (NativeTensor tensor = tensor(type, data, shape)) {
                binding.input(name, tensor);
            }
        }

        private static NativeTensor tensor(ElementType type, Buffer data, long... shape) {
            return NativeTensor.over(MemorySegment.ofBuffer(data), OrtMemory.HOST, type, shape);
        }
    }
}
