/**
 * What computes a model and the memory beside it, so that the code that runs steps is the same for a GPU and for the
 * host. {@link io.millrace.ort.device.HostDevice} is the machine itself; GPUs have packages of their own.
 */
package io.millrace.ort.device;
