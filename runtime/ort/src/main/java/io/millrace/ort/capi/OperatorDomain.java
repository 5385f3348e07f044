package io.millrace.ort.capi;

import io.millrace.model.onnx.OnnxGraph;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** The custom operators of one session, with the C structs that stand for them. To be closed after the session. */
final class OperatorDomain implements AutoCloseable {
    // Shared: ONNX Runtime may ask from threads of its own.
    private final Arena arena = Arena.ofShared();
    private final Handle domain;
    private final Thrown thrown = new Thrown();

    private OperatorDomain(Handle domain) {
        this.domain = domain;
    }

    static OperatorDomain of(List<CustomOperator> operators) {
        OperatorDomain all = new OperatorDomain(create());
        try {
            for (CustomOperator operator : operators) {
                MemorySegment struct = new OperatorStruct(operator, all.thrown, all.arena).segment();
                OrtApi.CUSTOM_OP_DOMAIN_ADD.call(all.domain.pointer(), struct);
            }
            return all;
        } catch (RuntimeException e) {
            all.close();
            throw e;
        }
    }

    private static Handle create() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(OnnxGraph.MILLRACE);
            return Handle.make(
                    HandleCount.Kind.OPERATOR_DOMAIN,
                    OrtApi.RELEASE_CUSTOM_OP_DOMAIN,
                    out -> OrtApi.CREATE_CUSTOM_OP_DOMAIN.call(name, out));
        }
    }

    void addTo(MemorySegment sessionOptions) {
        OrtApi.ADD_CUSTOM_OP_DOMAIN.call(sessionOptions, domain.pointer());
    }

    /** What an operator threw last, if that was not taken yet. */
    Optional<Throwable> takeThrown() {
        return thrown.take();
    }

    @Override
    public void close() {
        domain.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
