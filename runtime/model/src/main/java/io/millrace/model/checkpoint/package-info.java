/**
 * Opens models as they are published, whatever their format. What is in them is read by {@link io.millrace.model.gguf} and
 * {@link io.millrace.model.safetensors}; nothing is derived here.
 */
package io.millrace.model.checkpoint;
