package io.millrace.ort;

import io.millrace.api.ModelManifest;
import io.millrace.model.graph.ShardCut;
import io.millrace.model.onnx.ElementType;
import io.millrace.ort.attention.AttentionShape;
import io.millrace.ort.attention.WarmUp;
import io.millrace.ort.attention.Workspace;
import io.millrace.ort.capi.CustomOperator;
import io.millrace.ort.capi.CustomOperator.Port;
import io.millrace.ort.capi.IoBinding;
import io.millrace.ort.capi.KernelAttributes;
import java.util.List;
import java.util.Optional;

/**
 * The operator that computes a session's attention in Java, over the cache of the session's stage. Its kernels share what they
 * are told of the running call: which slots it covers.
 */
final class JavaAttention implements SlotAccess {
    static final String OPERATOR = "CachedAttention";

    /** Attributes: the layer of the model; positions that a token sees, 0 for all; 0 for the usual scale; 0 for no cap. */
    static final String LAYER = "layer";

    static final String WINDOW = "window";
    static final String SCALE = "scale";
    static final String SOFTCAP = "softcap";

    private final ModelManifest model;
    private final ShardCut cut;
    private final KvCache cache;

    /** Of the session's threads; of one size for all layers. */
    private final ThreadLocal<Workspace> workspaces;

    private int firstSlot;

    JavaAttention(ModelManifest model, ShardCut cut, KvCache cache) {
        this.model = model;
        this.cut = cut;
        this.cache = cache;
        this.workspaces = ThreadLocal.withInitial(() -> new Workspace(shape(model, cache.capacity(), 0, 0, 0)));
    }

    /**
     * What is missing to compute a model so, for people to read.
     *
     * @param module  whether the JVM has {@code jdk.incubator.vector}
     * @param vectors whether the machine has wide ones
     */
    static Optional<String> missing(ModelManifest model, boolean module, boolean vectors) {
        if (!module) {
            return Optional.of("the module jdk.incubator.vector: start with"
                    + " MILLRACE_JAVA_OPTS=\"--add-modules jdk.incubator.vector\"");
        }
        if (!vectors) {
            return Optional.of("a machine with vectors of 8 floats, as AVX2 has");
        }
        return AttentionShape.takesWidth(model.headDim())
                ? Optional.empty()
                : Optional.of("heads of a width that is a multiple of " + AttentionShape.WIDTHS + "; those of "
                        + model.name() + " have " + model.headDim());
    }

    /** Blocks until the JVM has compiled what this model's attention takes. */
    static void warmUp(ModelManifest model) {
        WarmUp.run(shape(
                model,
                AttentionShape.capacity(1),
                model.traits().attentionScale(),
                model.traits().attentionSoftcap(),
                0));
    }

    CustomOperator operator() {
        Port floats = Port.of(ElementType.FLOAT32);
        return new CustomOperator(
                OPERATOR,
                "CPUExecutionProvider",
                List.of(floats, floats.asOptional(), floats.asOptional(), Port.of(ElementType.INT32), floats, floats),
                List.of(floats),
                this::kernel);
    }

    private JavaAttentionKernel kernel(KernelAttributes node) {
        int layer = (int) node.integer(LAYER) - cut.first();
        AttentionShape shape =
                shape(model, cache.capacity(), node.real(SCALE), node.real(SOFTCAP), (int) node.integer(WINDOW));
        return new JavaAttentionKernel(shape, cache.keys(layer), cache.values(layer), () -> firstSlot, workspaces::get);
    }

    private static AttentionShape shape(ModelManifest model, int capacity, double scale, double softcap, int window) {
        double factor = scale == 0 ? 1 / Math.sqrt(model.headDim()) : scale;
        return new AttentionShape(model.heads(), model.kvHeads(), model.headDim(), capacity, factor, softcap, window);
    }

    /** The graph has no tensors of the cache. */
    @Override
    public void bind(KvCache.SlotRange slots, IoBinding binding) {}

    /** Kernels are called by the thread that calls this, and hand it on to the session's others themselves. */
    @Override
    public void cover(KvCache.SlotRange slots) {
        firstSlot = slots.first();
    }
}
