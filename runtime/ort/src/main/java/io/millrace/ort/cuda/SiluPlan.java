package io.millrace.ort.cuda;

import java.lang.foreign.MemorySegment;

/** A plain product into scratch memory, and silu of it after that. */
final class SiluPlan implements LinearPlan {
    private static final int HALF_BYTES = 2;

    private final LinearShape shape;
    private final LinearPlan product;
    private final SiluMul siluMul;
    private final Scratch products;

    /**
     * @param product  of the plain shape; closed with this
     * @param products which the next such plan overwrites
     */
    SiluPlan(LinearShape shape, LinearPlan product, SiluMul siluMul, Scratch products) {
        this.shape = shape;
        this.product = product;
        this.siluMul = siluMul;
        this.products = products;
    }

    @Override
    public void run(Operands operands) {
        MemorySegment between = products.atLeast((long) shape.tokens() * shape.rows() * HALF_BYTES);
        product.run(new Operands(operands.x(), operands.w(), operands.scales(), operands.bias(), between));
        siluMul.run(between, operands.y(), shape.tokens(), shape.columns());
    }

    @Override
    public String name() {
        return product.name() + ", then silu_mul";
    }

    @Override
    public void close() {
        product.close();
    }
}
