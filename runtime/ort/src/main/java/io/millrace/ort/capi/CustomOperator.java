package io.millrace.ort.capi;

import io.millrace.model.onnx.ElementType;
import java.util.List;

/**
 * An operator written in Java, called by the thread that runs the session.
 *
 * @param name     in graphs
 * @param provider that its nodes are given to, such as {@code CUDAExecutionProvider}
 * @param inputs   in order
 * @param outputs  in order
 * @param factory  makes the kernel of each node, while the session is made
 */
public record CustomOperator(String name, String provider, List<Port> inputs, List<Port> outputs, Factory factory) {

    /**
     * An input or output.
     *
     * @param optional  a node may leave it out
     * @param cpuMemory an input that is given in CPU memory, whatever the provider
     */
    public record Port(ElementType type, boolean optional, boolean cpuMemory) {
        public static Port of(ElementType type) {
            return new Port(type, false, false);
        }

        public Port asOptional() {
            return new Port(type, true, cpuMemory);
        }

        public Port inCpuMemory() {
            return new Port(type, optional, true);
        }
    }

    /** Makes kernels. */
    @FunctionalInterface
    public interface Factory {
        Kernel kernel(KernelAttributes attributes);
    }

    /** The operator of one node. */
    @FunctionalInterface
    public interface Kernel {
        /** What it throws ends the run, as an error with its message, and nothing else. */
        void compute(KernelCall call);
    }
}
