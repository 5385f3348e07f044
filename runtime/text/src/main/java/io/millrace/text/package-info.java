/**
 * From text to token ids and back: {@link io.millrace.text.PromptEncoder} on the way in,
 * {@link io.millrace.text.Detokenizer} and {@link io.millrace.text.StopMatcher} on the way out.
 *
 * <p>What is built once per model ({@code Tokenizer}, {@code Vocabulary}, {@code ChatTemplate}, {@code PromptEncoder})
 * is safe for all threads; what is built once per stream belongs to that stream's event loop. No Vert.x, no threads and
 * no clock here: time is passed in. Only {@code Tokenizer} calls native code.
 */
package io.millrace.text;
