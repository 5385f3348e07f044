/**
 * Measures how fast a server streams tokens, this one or another with an OpenAI-compatible API.
 *
 * <p>Nothing here prints: results are values. Nothing here knows how a node works inside; it is a client.
 */
package io.millrace.verticles.app.bench;
