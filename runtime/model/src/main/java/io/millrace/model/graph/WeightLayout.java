package io.millrace.model.graph;

import io.millrace.api.ModelManifest;
import io.millrace.model.gguf.GgmlType;
import io.millrace.model.onnx.ElementType;
import io.millrace.model.onnx.ExternalTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Where each tensor of some layers of a model lies in their weight file, and from which tensors of the GGUF file it is made. Follows
 * from the manifest and the tensors' types, so nothing of it is stored.
 */
public final class WeightLayout {
    /** Regions begin on pages, as ONNX's external data wants for mapping. */
    private static final long PAGE = 4096;

    /** Names of the tables of cosines and sines, without {@code _cos} and {@code _sin}. */
    static final String ROTARY = "rotary";

    static final String LOCAL_ROTARY = "local_rotary";

    /** The matrix that turns hidden states where they come in and goes back where they leave. */
    static final String HIDDEN_TURN = "hidden_turn";

    /** The matrix that turns what goes into a feed-forward network's last product. */
    static final String FEED_FORWARD_TURN = "feed_forward_turn";

    /** What is left of a norm whose weights are folded into the matrices behind it. */
    static final String ONES = "ones";

    private static final Set<GgmlType> FOUR_BITS = Set.of(GgmlType.Q4_0, GgmlType.Q4_1, GgmlType.Q4_K);

    private final ModelManifest model;
    private final Function<String, GgmlType> types;
    private final WeightPrecision precision;
    private final Optional<DecoderBasis> basis;
    private final Map<String, Matrix> matrices = new LinkedHashMap<>();
    private final Map<String, ExternalTensor> vectors = new LinkedHashMap<>();
    private final Map<String, String> vectorSources = new LinkedHashMap<>();
    private long end;

    /**
     * A tensor of the GGUF file that gives {@code rows} rows of a matrix, in {@code order}.
     *
     * @param change what is folded into it
     * @param rest   whether it is what rounding the rows has lost, which are another part
     */
    record Part(String tensor, int rows, RowOrder order, BasisChange change, boolean rest) {}

    /**
     * A matrix in blocks of 32 along a row: in 8 bits as {@link Block8} has them, or in 4 bits as {@link Block4} has them; or
     * with a scale a row, as {@link QuantizedRow} has them; or in floats of 8, 16 or 32 bits.
     *
     * @param parts   lie one below the other
     * @param values  uint8 {@code [rows, blocks, bytes of a block]}, or with a scale a row {@code [columns, rows]}, or floats
     *                {@code [rows, columns]}
     * @param scales  of blocks, float32 {@code [rows * blocks]}; of rows, {@code [rows]}; of floats of 8 bits, {@code [rows, 1]}
     * @param zeros   of 8 bits, uint8 {@code [rows * blocks]}
     * @param offsets of 4 bits where any is not zero, float32 {@code [blocks, rows]}: as the right side of a product
     */
    record Matrix(
            int rows,
            int columns,
            int bits,
            List<Part> parts,
            ExternalTensor values,
            Optional<ExternalTensor> scales,
            Optional<ExternalTensor> zeros,
            Optional<ExternalTensor> offsets,
            Optional<ExternalTensor> bias) {
        int blocks() {
            return columns / Block8.SIZE;
        }

        boolean dense() {
            return values.type() != ElementType.UINT8;
        }

        boolean quantizedByRow() {
            return !dense() && zeros.isEmpty() && bits == Byte.SIZE;
        }

        Matrix renamed(String name) {
            return new Matrix(
                    rows,
                    columns,
                    bits,
                    parts,
                    values.as(
                            name + ".values",
                            values.shape().stream().mapToLong(Long::longValue).toArray()),
                    scales.map(region -> region.as(
                            name + ".scales",
                            region.shape().stream().mapToLong(Long::longValue).toArray())),
                    zeros.map(region -> region.as(name + ".zeros", (long) rows * blocks())),
                    offsets,
                    bias);
        }
    }

    private WeightLayout(ModelManifest model, Function<String, GgmlType> types, WeightPrecision precision) {
        this.model = model;
        this.types = types;
        this.precision = precision;
        this.basis = precision == WeightPrecision.W8A8 ? Optional.of(DecoderBasis.of(model)) : Optional.empty();
    }

    /**
     * @param cut   the layers, and what goes with the first and the last of them
     * @param types of the file's tensors by name
     * @throws IllegalArgumentException where a width is not a multiple of the block size, or the precision not for the model
     */
    static WeightLayout of(
            ModelManifest model, ShardCut cut, Function<String, GgmlType> types, WeightPrecision precision) {
        WeightLayout layout = new WeightLayout(model, types, precision);
        layout.basis.ifPresent(basis -> layout.addTurns(basis));
        if (cut.embeds() || cut.hasHead() && layout.headIsTable()) {
            Part table = part("token_embd", model.vocabulary(), layout.change(DecoderBasis::table));
            layout.addTable("embedding", model.hidden(), table);
        }
        for (int i = cut.first(); i < cut.end(); i++) {
            layout.addLayer("layer" + i, "blk." + i + ".");
        }
        if (cut.hasHead()) {
            layout.addHiddenNorm("output_norm", "output_norm.weight");
        }
        if (cut.hasHead() && !layout.headIsTable()) {
            layout.addHead(model.tiedEmbedding() ? "token_embd" : "output");
        }
        layout.addRotary(ROTARY);
        if (model.traits().turnsLocally()) {
            layout.addRotary(LOCAL_ROTARY);
        }
        return layout;
    }

    /** A table cannot have both a norm's weights in it and none. */
    private boolean headIsTable() {
        return model.tiedEmbedding() && basis.isEmpty();
    }

    private void addHead(String source) {
        Part part = part(source, model.vocabulary(), change(in -> in.fromHidden("output_norm.weight")));
        if (basis.isPresent()) {
            addQuantizedRows("head", model.hidden(), false, part);
        } else {
            addTable("head", model.hidden(), part);
        }
    }

    private void addTurns(DecoderBasis turned) {
        vectors.put(ONES, region(ONES, ElementType.FLOAT32, model.hidden()));
        int block = turned.feedForward().size();
        vectors.put(FEED_FORWARD_TURN, region(FEED_FORWARD_TURN, ElementType.FLOAT32, block, block));
        vectors.put(HIDDEN_TURN, region(HIDDEN_TURN, ElementType.FLOAT32, model.hidden(), model.hidden()));
    }

    private BasisChange change(Function<DecoderBasis, BasisChange> change) {
        return basis.map(change).orElse(BasisChange.NONE);
    }

    private void addRotary(String name) {
        for (String part : List.of(name + "_cos", name + "_sin")) {
            vectors.put(part, region(part, ElementType.FLOAT32, RotaryTable.positions(model), model.headDim() / 2));
        }
    }

    private void addLayer(String name, String source) {
        int queries = model.heads() * model.headDim();
        int keys = model.kvHeads() * model.headDim();
        RowOrder rotated = model.ropeInterleaved() ? RowOrder.halves(model.headDim()) : RowOrder.AS_STORED;
        String attentionNorm = source + "attn_norm.weight";
        addHiddenNorm(attentionNorm(name), attentionNorm);
        BasisChange fromHidden = change(in -> in.fromHidden(attentionNorm));
        Part values = part(source + "attn_v", keys, change(in -> in.toValues(attentionNorm)));
        List<Part> parts = new ArrayList<>(List.of(
                new Part(source + "attn_q", queries, rotated, fromHidden, false),
                new Part(source + "attn_k", keys, rotated, fromHidden, false),
                values));
        if (basis.isPresent()) {
            parts.add(new Part(values.tensor(), keys, values.order(), values.change(), true));
        }
        addMatrix(name + ".qkv", model.hidden(), model.attentionBias(), parts.toArray(Part[]::new));
        if (model.traits().queryKeyNorm()) {
            addVector(name + ".query_norm", source + "attn_q_norm.weight", model.headDim());
            addVector(name + ".key_norm", source + "attn_k_norm.weight", model.headDim());
        }
        if (model.traits().postNorms()) {
            addVector(name + ".post_attention_norm", source + "post_attention_norm.weight", model.hidden());
            addVector(name + ".post_ffn_norm", source + "post_ffw_norm.weight", model.hidden());
        }
        BasisChange fromValues = change(DecoderBasis::fromValues);
        addMatrix(name + ".attention_out", queries, false, part(source + "attn_output", model.hidden(), fromValues));
        String norm = source + "ffn_norm.weight";
        addHiddenNorm(name + ".ffn_norm", norm);
        BasisChange normed = change(in -> in.fromHidden(norm));
        addMatrix(
                name + ".gate_up",
                model.hidden(),
                false,
                part(source + "ffn_gate", model.ffn(), normed),
                part(source + "ffn_up", model.ffn(), normed));
        BasisChange fromFeedForward = change(DecoderBasis::fromFeedForward);
        addMatrix(name + ".down", model.ffn(), false, part(source + "ffn_down", model.hidden(), fromFeedForward));
    }

    private static Part part(String tensor, int rows, BasisChange change) {
        return new Part(tensor, rows, RowOrder.AS_STORED, change, false);
    }

    private void addMatrix(String name, int columns, boolean bias, Part... parts) {
        if (basis.isPresent()) {
            addQuantizedRows(name, columns, bias, parts);
            return;
        }
        Set<GgmlType> stored = Arrays.stream(parts)
                .map(part -> types.apply(part.tensor() + ".weight"))
                .collect(Collectors.toSet());
        boolean fourBits = precision == WeightPrecision.AUTO && FOUR_BITS.containsAll(stored);
        if (fourBits || precision == WeightPrecision.INT4) {
            addMatrix4(name, columns, bias, !stored.equals(Set.of(GgmlType.Q4_0)), parts);
        } else {
            addMatrix8OrDense(name, columns, bias, parts);
        }
    }

    /** A matrix that never has 4 bits. */
    private void addTable(String name, int columns, Part part) {
        addMatrix8OrDense(name, columns, false, part);
    }

    private void addMatrix8OrDense(String name, int columns, boolean bias, Part... parts) {
        if (precision.dense()) {
            addDense(name, columns, bias, parts);
        } else {
            addMatrix8(name, columns, bias, parts);
        }
    }

    private void addQuantizedRows(String name, int columns, boolean bias, Part... parts) {
        int rows = rows(parts);
        matrices.put(
                name,
                new Matrix(
                        rows,
                        columns,
                        Byte.SIZE,
                        List.of(parts),
                        region(name + ".values", ElementType.UINT8, columns, rows),
                        Optional.of(scales(name, rows)),
                        Optional.empty(),
                        Optional.empty(),
                        bias(name, bias, rows)));
    }

    private void addDense(String name, int columns, boolean bias, Part... parts) {
        int rows = rows(parts);
        ElementType type = elements();
        ExternalTensor values = region(name + ".values", type, rows, columns);
        Optional<ExternalTensor> scales = type == ElementType.FLOAT8E4M3FN
                ? Optional.of(region(name + ".scales", ElementType.FLOAT32, rows, 1))
                : Optional.empty();
        matrices.put(
                name,
                new Matrix(
                        rows,
                        columns,
                        type.bytes() * Byte.SIZE,
                        List.of(parts),
                        values,
                        scales,
                        Optional.empty(),
                        Optional.empty(),
                        bias(name, bias, rows)));
    }

    private ElementType elements() {
        return switch (precision) {
            case FP8 -> ElementType.FLOAT8E4M3FN;
            case FP16 -> ElementType.FLOAT16;
            case FP32, AUTO, INT8, INT4, W8A8 -> ElementType.FLOAT32;
        };
    }

    private void addMatrix8(String name, int columns, boolean bias, Part... parts) {
        int rows = rows(parts);
        int blocks = blocks(name, columns);
        ExternalTensor values = region(name + ".values", ElementType.UINT8, rows, blocks, Block8.SIZE);
        Optional<ExternalTensor> scales = Optional.of(scales(name, (long) rows * blocks));
        Optional<ExternalTensor> zeros = Optional.of(region(name + ".zeros", ElementType.UINT8, (long) rows * blocks));
        matrices.put(
                name,
                new Matrix(
                        rows,
                        columns,
                        8,
                        List.of(parts),
                        values,
                        scales,
                        zeros,
                        Optional.empty(),
                        bias(name, bias, rows)));
    }

    private void addMatrix4(String name, int columns, boolean bias, boolean shifted, Part... parts) {
        int rows = rows(parts);
        int blocks = blocks(name, columns);
        ExternalTensor values = region(name + ".values", ElementType.UINT8, rows, blocks, Block4.SIZE / 2);
        Optional<ExternalTensor> scales = Optional.of(scales(name, (long) rows * blocks));
        Optional<ExternalTensor> offsets =
                shifted ? Optional.of(region(name + ".offsets", ElementType.FLOAT32, blocks, rows)) : Optional.empty();
        matrices.put(
                name,
                new Matrix(
                        rows,
                        columns,
                        4,
                        List.of(parts),
                        values,
                        scales,
                        Optional.empty(),
                        offsets,
                        bias(name, bias, rows)));
    }

    private ExternalTensor scales(String name, long count) {
        return region(name + ".scales", ElementType.FLOAT32, count);
    }

    private Optional<ExternalTensor> bias(String name, boolean has, int rows) {
        return has ? Optional.of(region(name + ".bias", ElementType.FLOAT32, rows)) : Optional.empty();
    }

    private static int rows(Part... parts) {
        return Arrays.stream(parts).mapToInt(Part::rows).reduce(0, Math::addExact);
    }

    private static int blocks(String name, int columns) {
        if (columns % Block8.SIZE != 0) {
            throw new IllegalArgumentException(name + ": width " + columns + " is no multiple of " + Block8.SIZE);
        }
        return columns / Block8.SIZE;
    }

    private void addHiddenNorm(String name, String source) {
        if (basis.isPresent()) {
            vectors.put(name, vectors.get(ONES));
        } else {
            addVector(name, source, model.hidden());
        }
    }

    private void addVector(String name, String source, int length) {
        vectors.put(name, region(name, ElementType.FLOAT32, length));
        vectorSources.put(name, source);
    }

    private ExternalTensor region(String name, ElementType type, long... shape) {
        ExternalTensor region =
                new ExternalTensor(name, type, Arrays.stream(shape).boxed().toList(), end);
        end = Math.addExact(end, Math.ceilDiv(region.bytes(), PAGE) * PAGE);
        return region;
    }

    static String attentionNorm(int layer) {
        return attentionNorm("layer" + layer);
    }

    private static String attentionNorm(String layer) {
        return layer + ".attention_norm";
    }

    /** Bytes of the whole file. */
    public long bytes() {
        return end;
    }

    Matrix embedding() {
        return matrix("embedding");
    }

    /** The head; the embedding's own bytes where the two are tied. */
    Matrix head() {
        return headIsTable() ? embedding().renamed("head") : matrix("head");
    }

    Matrix matrix(String name) {
        return matrices.get(name);
    }

    ExternalTensor vector(String name) {
        return vectors.get(name);
    }

    Optional<DecoderBasis> basis() {
        return basis;
    }

    Map<String, Matrix> matrices() {
        return matrices;
    }

    /** Vectors copied from the GGUF file: our name to its tensor's. */
    Map<String, String> vectorSources() {
        return vectorSources;
    }
}
