package io.millrace.model.paged;

/** A rank's share of something that is counted: {@code size} of it from {@code first} on. */
public record Span(int first, int size) {
    /** Share {@code index} of {@code parts} equal ones; {@code total} is a multiple of {@code parts}. */
    static Span share(int total, int parts, int index) {
        int size = total / parts;
        return new Span(index * size, size);
    }

    /** The same share where each is {@code width} wide: of heads, its channels. */
    Span times(int width) {
        return new Span(first * width, size * width);
    }
}
