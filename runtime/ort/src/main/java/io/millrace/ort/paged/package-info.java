/**
 * Runs packed steps over a paged KV cache: decode rows and prefill chunks of all sequences in one run, on a device that is a
 * GPU or, for proof, the host.
 *
 * <p>{@link io.millrace.ort.paged.PackedStep} turns a plan into arrays and is pure. A
 * {@link io.millrace.ort.paged.PagedRank} owns one device with one rank's weights and cache;
 * {@link io.millrace.ort.paged.RankGroup} lets the ranks of a stage run together. Nothing here names a kernel: what differs
 * from device to device is behind {@link io.millrace.ort.device.Device} and the graph's dialect.
 */
package io.millrace.ort.paged;
