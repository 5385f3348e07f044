package io.millrace.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A session on a shard graph. */
final class ShardSession implements AutoCloseable {
    private final OrtEnvironment environment;
    private final OrtSession session;

    /**
     * @param graph   a serialized ModelProto
     * @param weights folder of its external data
     * @param threads that compute a run, the caller's among them
     * @param profile beginning of the name of a file for the times of all nodes, written when the session closes
     */
    ShardSession(OrtEnvironment environment, byte[] graph, Path weights, int threads, Optional<Path> profile)
            throws OrtException {
        this.environment = environment;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
            options.addConfigEntry("session.model_external_initializers_file_folder_path", weights.toString());
            if (profile.isPresent()) {
                options.enableProfiling(profile.get().toString());
            }
            session = environment.createSession(graph, options);
        }
    }

    /** A run over the cache rows {@code slots}, whose other tensors are still to be named. */
    Run over(KvCache.Tensors slots) {
        return new Run(slots);
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }

    /** Tensors of one run. Buffers are direct and used from position to limit, in place. */
    final class Run implements AutoCloseable {
        private final Map<String, OnnxTensor> inputs;
        private final Map<String, OnnxTensor> outputs;
        private final List<OnnxTensor> own = new ArrayList<>();

        private Run(KvCache.Tensors slots) {
            inputs = new HashMap<>(slots.past());
            outputs = new HashMap<>(slots.present());
        }

        void input(String name, IntBuffer data, long... shape) throws OrtException {
            inputs.put(name, owned(OnnxTensor.createTensor(environment, data, shape)));
        }

        void input(String name, LongBuffer data, long... shape) throws OrtException {
            inputs.put(name, owned(OnnxTensor.createTensor(environment, data, shape)));
        }

        void input(String name, FloatBuffer data, long... shape) throws OrtException {
            inputs.put(name, owned(OnnxTensor.createTensor(environment, data, shape)));
        }

        void output(String name, FloatBuffer data, long... shape) throws OrtException {
            outputs.put(name, owned(OnnxTensor.createTensor(environment, data, shape)));
        }

        void compute() throws OrtException {
            session.run(inputs, outputs).close();
        }

        private OnnxTensor owned(OnnxTensor tensor) {
            own.add(tensor);
            return tensor;
        }

        @Override
        public void close() {
            own.forEach(OnnxTensor::close);
        }
    }
}
