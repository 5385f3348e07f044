/**
 * HTTP ingress: the OpenAI-compatible API with server-sent events, health, metrics, and the door of the WebSocket.
 *
 * <p>JSON is read and written by {@code io.millrace.openai}; here are connections, routes and backpressure only.
 */
package io.millrace.verticles.ingress.http;
