package io.millrace.ort.capi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** A session on a graph, whose inputs and outputs are bound to memory of the caller's. */
public final class NativeSession implements AutoCloseable {
    /**
     * Held while a session with operators of ours is made: ONNX Runtime looks whether their domain is known to the process and
     * then makes it known, and of two that look at the same time the second fails.
     */
    private static final Object DOMAIN = new Object();

    private final OperatorDomain operators;
    private final Handle session;

    private NativeSession(OperatorDomain operators, Handle session) {
        this.operators = operators;
        this.session = session;
    }

    /**
     * @param graph a serialized ModelProto
     * @throws OrtFailure where the graph is wrong, an operator unknown, the provider missing or memory short
     */
    public static NativeSession create(byte[] graph, SessionSettings settings) {
        OperatorDomain operators = OperatorDomain.of(settings.operators());
        try (Arena arena = Arena.ofConfined();
                Handle options = settings.handle()) {
            operators.addTo(options.pointer());
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, graph);
            synchronized (DOMAIN) {
                return new NativeSession(operators, session(bytes, options, settings.weights()));
            }
        } catch (RuntimeException e) {
            operators.takeThrown().ifPresent(e::initCause);
            operators.close();
            throw e;
        }
    }

    private static Handle session(MemorySegment graph, Handle options, Optional<SharedWeights> weights) {
        MemorySegment environment = OrtRuntime.pointer();
        MemorySegment settings = options.pointer();
        long size = graph.byteSize();
        return Handle.make(HandleCount.Kind.SESSION, OrtApi.RELEASE_SESSION, out -> {
            if (weights.isPresent()) {
                OrtApi.CREATE_SESSION_WITH_PACKED_WEIGHTS.call(
                        environment, graph, size, settings, weights.get().packed(), out);
            } else {
                OrtApi.CREATE_SESSION_FROM_ARRAY.call(environment, graph, size, settings, out);
            }
        });
    }

    public IoBinding bind() {
        return new IoBinding(session.pointer());
    }

    /**
     * Computes the bound outputs from the bound inputs.
     *
     * @throws OrtFailure caused by what a custom operator threw, if one did; the session can go on
     */
    public void run(IoBinding binding, RunSettings settings) {
        try {
            OrtApi.RUN_WITH_BINDING.call(session.pointer(), settings.handle().pointer(), binding.pointer());
        } catch (OrtFailure e) {
            operators.takeThrown().ifPresent(e::initCause);
            throw e;
        }
    }

    @Override
    public void close() {
        session.close();
        operators.close();
    }
}
