package io.millrace.verticles.app.probe;

/**
 * What became of a model on a text.
 *
 * @param name            model and precision
 * @param perplexity      on the text
 * @param agreement       share of positions whose likeliest token is the reference's, 0 to 1
 * @param divergence      mean KL divergence from the reference, nats
 * @param positions       predicted
 * @param fileBytes       weights on disk
 * @param ownBytes        resident memory of the process alone, more than before the model was loaded
 * @param mappedBytes     resident pages of files, which processes share
 * @param tokensPerSecond decoding, over all rows
 */
public record Evaluated(
        String name,
        double perplexity,
        double agreement,
        double divergence,
        int positions,
        long fileBytes,
        long ownBytes,
        long mappedBytes,
        double tokensPerSecond) {
    long residentBytes() {
        return ownBytes + mappedBytes;
    }
}
