/**
 * The OpenAI-compatible API without a transport: JSON bodies to {@link io.millrace.api.Request}, token events to
 * server-sent events and JSON bodies.
 *
 * <p>Bytes come in, bytes go out: no HTTP, no threads, no clock. JSON types do not leave this package.
 */
package io.millrace.openai;
