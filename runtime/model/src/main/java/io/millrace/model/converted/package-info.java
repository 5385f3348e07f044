/**
 * Models converted ahead of time: a directory of ONNX shard graphs, the weights they map, the tokenizer, and a manifest
 * with the SHA-256 of every file.
 *
 * <p>{@link io.millrace.model.converted.ModelConversion} writes one, all or nothing;
 * {@link io.millrace.model.converted.ConvertedModel} opens one. A directory comes from anywhere, so it is hostile until every
 * name, length and hash in it has been held against the manifest, and every graph against the names; only then is
 * anything of it given to ONNX Runtime.
 */
package io.millrace.model.converted;
