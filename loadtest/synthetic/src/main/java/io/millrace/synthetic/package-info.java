/**
 * A runner for load measurements: a model's real tokenizer and shape, steps that take as long as they are said to, and
 * tokens that come from nowhere. So several nodes on one machine have a device each. On no class path but the one that
 * {@code MILLRACE_CLASS_PATH} of the launcher gives: nothing of the server may need it.
 */
package io.millrace.synthetic;
