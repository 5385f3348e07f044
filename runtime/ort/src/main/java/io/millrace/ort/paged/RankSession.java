package io.millrace.ort.paged;

import io.millrace.model.onnx.ElementType;
import io.millrace.model.paged.PagedGraph;
import io.millrace.model.paged.PagedPorts;
import io.millrace.model.paged.StepKind;
import io.millrace.ort.capi.IoBinding;
import io.millrace.ort.capi.NativeSession;
import io.millrace.ort.capi.NativeTensor;
import io.millrace.ort.capi.OrtMemory;
import io.millrace.ort.capi.RunSettings;
import io.millrace.ort.capi.SessionSettings;
import io.millrace.ort.device.Device;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A rank's graph for a kind of steps, with the rank's memory, bound once, and the tensors of a step, bound when their sizes
 * change. Owned by the rank's thread.
 */
final class RankSession implements AutoCloseable {
    private final RankModel model;
    private final Device device;
    private final StepKind kind;
    private final Owned owned = new Owned();
    private final Arena host = Arena.ofShared();
    private final MemorySegment meta = host.allocate(ValueLayout.JAVA_INT, 2);
    private final RunSettings run;
    private final NativeSession session;
    private final IoBinding binding;
    private StepRegions bound;

    RankSession(RankModel model, RankDevice hardware, RankMemory memory, StepKind kind) {
        this.model = model;
        this.device = hardware.device();
        this.kind = kind;
        owned.add(host::close);
        try {
            run = new RunSettings();
            owned.add(run::close);
            run.withoutWaiting();
            session = NativeSession.create(
                    PagedGraph.build(model.manifest(), model.rank(), model.precision(), hardware.dialect(), kind),
                    settings(hardware));
            owned.add(session::close);
            binding = session.bind();
            owned.add(binding::close);
            memory.parts().forEach(part -> bind(part.name(), part.memory(), part.type(), longs(part.shape())));
            if (kind == StepKind.ANY) {
                bindHost(PagedPorts.META, meta, ElementType.INT32, 2);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static long[] longs(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private static SessionSettings settings(RankDevice hardware) {
        SessionSettings settings = new SessionSettings();
        hardware.device().configure(settings);
        hardware.operators().forEach(settings::operator);
        return settings;
    }

    /**
     * Queues the run of a step.
     *
     * @param inputs  as {@link StepRegions#write} laid it out, on the device
     * @param most    tokens of one sequence at most
     * @param reach   positions of one sequence at most
     */
    void run(StepRegions regions, MemorySegment inputs, StepTensors tensors, int most, int reach) {
        if (!regions.equals(bound)) {
            bound = null; // what fails on the way leaves a mixture
            bindStep(regions, inputs, tensors);
            bound = regions;
        }
        meta.setAtIndex(ValueLayout.JAVA_INT, 0, most);
        meta.setAtIndex(ValueLayout.JAVA_INT, 1, reach);
        session.run(binding, run);
    }

    private void bindStep(StepRegions at, MemorySegment inputs, StepTensors tensors) {
        boolean embeds = model.rank().layers().embeds();
        boolean head = model.rank().layers().hasHead();
        ElementType type = model.precision().activations();
        int hidden = model.manifest().hidden();
        if (kind == StepKind.ANY) {
            bind(PagedPorts.CUMULATIVE, inputs.asSlice(at.cumulativeAt()), ElementType.INT32, at.sequences() + 1L);
        }
        bind(PagedPorts.PAST, inputs.asSlice(at.pastAt()), ElementType.INT32, at.sequences());
        bind(PagedPorts.BLOCK_TABLE, inputs.asSlice(at.tableAt()), ElementType.INT32, at.sequences(), at.width());
        if (embeds) {
            bind(PagedPorts.TOKENS, inputs.asSlice(at.tokensAt()), ElementType.INT32, at.tokens());
        } else {
            bind(PagedPorts.HIDDEN_IN, tensors.hiddenIn(), type, at.tokens(), hidden);
        }
        if (head) {
            bind(PagedPorts.ROWS, inputs.asSlice(at.rowsAt()), ElementType.INT64, at.rows());
        }
        try (NativeTensor output = head
                ? over(tensors.logits(), type, at.rows(), model.manifest().vocabulary())
                : over(tensors.hiddenOut(), type, at.tokens(), hidden)) {
            binding.output(head ? PagedPorts.LOGITS : PagedPorts.HIDDEN_OUT, output);
        }
    }

    private void bind(String name, MemorySegment memory, ElementType type, long... shape) {
        try (NativeTensor tensor = over(memory, type, shape)) {
            binding.input(name, tensor);
        }
    }

    private void bindHost(String name, MemorySegment memory, ElementType type, long... shape) {
        try (NativeTensor tensor = NativeTensor.over(memory, OrtMemory.HOST, type, shape)) {
            binding.input(name, tensor);
        }
    }

    private NativeTensor over(MemorySegment memory, ElementType type, long... shape) {
        return NativeTensor.over(memory, device.memoryInfo(), type, shape);
    }

    @Override
    public void close() {
        owned.close();
    }
}
