package io.millrace.engine;

/**
 * What a device is doing now.
 *
 * @param device           as in the configuration, for example {@code cuda:0}
 * @param busy             share of the last sampling period in which it computed, 0 to 1
 * @param memoryUsedBytes  by all processes
 * @param memoryTotalBytes what the device has
 * @param watts            drawn now; NaN where it is not known
 */
public record DeviceUse(String device, double busy, long memoryUsedBytes, long memoryTotalBytes, double watts) {}
