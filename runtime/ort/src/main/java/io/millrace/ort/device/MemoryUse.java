package io.millrace.ort.device;

/**
 * A device's memory in bytes, taken by anyone.
 *
 * @param free  can be allocated now, in pieces
 * @param total what the device has
 */
public record MemoryUse(long free, long total) {}
