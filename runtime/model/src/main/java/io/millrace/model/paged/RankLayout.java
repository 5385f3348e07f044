package io.millrace.model.paged;

import io.millrace.api.ModelManifest;
import io.millrace.model.graph.RotaryTable;
import io.millrace.model.graph.RowOrder;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.paged.Content.Part;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The weights of a rank, and what of the model's tensors each is made of. Follows from manifest, rank and precision, so
 * that a graph and its weights agree without anything being passed between them.
 */
final class RankLayout {
    static final String EMBEDDING = "embedding";
    static final String HEAD = "head";
    static final String OUTPUT_NORM = "output_norm";
    static final String COS = "rotary_cos";
    static final String SIN = "rotary_sin";

    /** Scale of an 8-bit cache: with 1 keys and values may be up to 448, and lose nothing down to 1/64. */
    static final String KEY_SCALE = "key_scale";

    static final String VALUE_SCALE = "value_scale";

    private final ModelManifest model;
    private final Rank rank;
    private final PagedPrecision precision;
    private final DenseEncoder dense;
    private final Map<WeightTensor, Content> weights = new LinkedHashMap<>();
    private final Map<String, Matrix> matrices = new LinkedHashMap<>();

    private RankLayout(ModelManifest model, Rank rank, PagedPrecision precision) {
        this.model = model;
        this.rank = rank;
        this.precision = precision;
        this.dense = new DenseEncoder(precision.activations());
    }

    /**
     * @throws IllegalArgumentException where a row is not made of whole blocks of the format, or the model has traits that
     *     are not supported
     */
    static RankLayout of(ModelManifest model, Rank rank, PagedPrecision precision) {
        TraitsCheck.check(model);
        RankLayout layout = new RankLayout(model, rank, precision);
        layout.addAll();
        return layout;
    }

    static String layer(int i, String what) {
        return "layer" + i + "." + what;
    }

    /** In the order of the graph's inputs. */
    Map<WeightTensor, Content> weights() {
        return weights;
    }

    /** {@code qkv}, {@code attention_out}, {@code gate_up} and {@code down} of each {@link #layer}, and the head. */
    Matrix matrix(String name) {
        return matrices.get(name);
    }

    /** The head; the embedding where the two are tied. */
    Matrix head() {
        return matrix(model.tiedEmbedding() ? EMBEDDING : HEAD);
    }

    private void addAll() {
        boolean tiedHead = rank.layers().hasHead() && model.tiedEmbedding();
        if (rank.layers().embeds() || tiedHead) {
            addMatrix(EMBEDDING, WeightFormat.DENSE, whole("token_embd.weight", model.vocabulary(), model.hidden()));
        }
        addRotary(COS, false);
        addRotary(SIN, true);
        if (precision.scaledCache()) {
            addConstant(KEY_SCALE);
            addConstant(VALUE_SCALE);
        }
        for (int i = rank.layers().first(); i < rank.layers().end(); i++) {
            addAttention(i, "blk." + i + ".");
            addFeedForward(i, "blk." + i + ".");
        }
        if (rank.layers().hasHead()) {
            addNorm(OUTPUT_NORM, "output_norm.weight");
            if (!tiedHead) {
                addMatrix(
                        HEAD, precision.weights().ofHead(), whole("output.weight", model.vocabulary(), model.hidden()));
            }
        }
    }

    private void addAttention(int i, String source) {
        Span queries = rank.heads().times(model.headDim());
        Span keys = rank.kvHeads().times(model.headDim());
        Span hidden = new Span(0, model.hidden());
        RowOrder rotated = model.ropeInterleaved() ? RowOrder.halves(model.headDim()) : RowOrder.AS_STORED;
        Part q = new Part(source + "attn_q.weight", queries, rotated, hidden);
        Part k = new Part(source + "attn_k.weight", keys, rotated, hidden);
        Part v = new Part(source + "attn_v.weight", keys, RowOrder.AS_STORED, hidden);
        addNorm(layer(i, "attention_norm"), source + "attn_norm.weight");
        addMatrix(layer(i, "qkv"), precision.weights(), model.attentionBias(), List.of(q, k, v));
        Part out = new Part(source + "attn_output.weight", hidden, RowOrder.AS_STORED, queries);
        addMatrix(layer(i, "attention_out"), precision.weights(), out);
    }

    private void addFeedForward(int i, String source) {
        Span hidden = new Span(0, model.hidden());
        Part gate = new Part(source + "ffn_gate.weight", rank.ffn(), RowOrder.AS_STORED, hidden);
        Part up = new Part(source + "ffn_up.weight", rank.ffn(), RowOrder.AS_STORED, hidden);
        addNorm(layer(i, "ffn_norm"), source + "ffn_norm.weight");
        addMatrix(layer(i, "gate_up"), precision.weights(), false, List.of(gate, up));
        Part down = new Part(source + "ffn_down.weight", hidden, RowOrder.AS_STORED, rank.ffn());
        addMatrix(layer(i, "down"), precision.weights(), down);
    }

    private static Part whole(String tensor, int rows, int columns) {
        return new Part(tensor, new Span(0, rows), RowOrder.AS_STORED, new Span(0, columns));
    }

    private void addNorm(String name, String source) {
        List<Part> all = List.of(whole(source, model.hidden(), 1));
        add(name, new Content.Vector(all, dense), model.hidden());
    }

    private void addRotary(String name, boolean sine) {
        add(name, new Content.Rotary(sine, dense), RotaryTable.positions(model), model.headDim() / 2);
    }

    private void addConstant(String name) {
        add(name, new Content.Constant(1, new DenseEncoder(ElementType.FLOAT32)), 1);
    }

    private void addMatrix(String name, WeightFormat format, Part part) {
        addMatrix(name, format, false, List.of(part));
    }

    private void addMatrix(String name, WeightFormat format, boolean biased, List<Part> parts) {
        int rows = parts.stream().mapToInt(part -> part.rows().size()).reduce(0, Math::addExact);
        int columns = parts.getFirst().columns().size();
        Optional<WeightTensor> bias = biased ? Optional.of(addBias(name, rows, parts)) : Optional.empty();
        matrices.put(
                name,
                switch (format) {
                    case DENSE -> {
                        WeightTensor values = add(name, new Content.Rows(parts, dense), rows, columns);
                        yield new Matrix(format, rows, columns, 0, values, Optional.empty(), bias);
                    }
                    case FP8 -> {
                        WeightTensor values = add(name, new Content.Rows(parts, new E4m3.Values()), rows, columns);
                        WeightTensor scales = add(name + ".scales", new Content.Rows(parts, new E4m3.Scales()), rows);
                        yield new Matrix(format, rows, columns, 0, values, Optional.of(scales), bias);
                    }
                    case INT8, INT4 -> {
                        int bits = format == WeightFormat.INT4 ? 4 : 8;
                        IntBlocks blocks = IntBlocks.fitting(name, columns, bits, precision.activations());
                        yield addIntBlocks(name, format, blocks, rows, columns, parts, bias);
                    }
                });
    }

    /** Shapes as MatMulNBits wants them. */
    private Matrix addIntBlocks(
            String name,
            WeightFormat format,
            IntBlocks blocks,
            int rows,
            int columns,
            List<Part> parts,
            Optional<WeightTensor> bias) {
        int count = columns / blocks.block();
        int blockBytes = blocks.block() * blocks.bits() / Byte.SIZE;
        Content levels = new Content.Rows(parts, new IntBlocks.Values(blocks));
        WeightTensor values = add(name, levels, rows, count, blockBytes);
        Content factors = new Content.Rows(parts, new IntBlocks.Scales(blocks));
        WeightTensor scales = add(name + ".scales", factors, (long) rows * count);
        return new Matrix(format, rows, columns, blocks.block(), values, Optional.of(scales), bias);
    }

    private WeightTensor addBias(String name, int rows, List<Part> parts) {
        List<Part> biases = parts.stream()
                .map(part ->
                        new Part(part.tensor().replace(".weight", ".bias"), part.rows(), part.order(), new Span(0, 1)))
                .toList();
        return add(name + ".bias", new Content.Vector(biases, dense), rows);
    }

    private WeightTensor add(String name, Content content, long... shape) {
        List<Long> dimensions = Arrays.stream(shape).boxed().toList();
        WeightTensor tensor = new WeightTensor(name, content.encoder().type(), dimensions);
        weights.put(tensor, content);
        return tensor;
    }
}
