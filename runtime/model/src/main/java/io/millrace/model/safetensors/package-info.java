/**
 * Reads models as Hugging Face lays them out: a directory with {@code config.json}, {@code tokenizer.json},
 * {@code tokenizer_config.json} and weights in safetensors files, one or several with an index.
 *
 * <p>A directory comes from the network, so all of it is hostile, as in {@link io.millrace.model.gguf}: lengths and offsets are
 * checked before they are used, JSON has a greatest size, and names of files lead to no other directory. Tensors go by GGUF's
 * names from here on; weights stay in the mapped files.
 *
 * <p>The format of the weight files is described at
 * <a href="https://github.com/huggingface/safetensors#format">huggingface/safetensors</a>.
 */
package io.millrace.model.safetensors;
