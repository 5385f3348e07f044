/**
 * Streams that outlive connections: everything between a transport and the batching loop that is the same for QUIC,
 * WebSocket, HTTP and programs in this process.
 *
 * <pre>
 *   ingress ── {@link io.millrace.verticles.stream.Streams}.generate / resume ──▶ {@link io.millrace.verticles.stream.StreamLink}
 *      ▲                                                            │ credit, cancel, detach, drained
 *      │ send(events)                                               ▼
 *   {@link io.millrace.verticles.stream.StreamTransport} ◀── {@link io.millrace.verticles.stream.StreamSession} ◀── tokens of a step ── batching loop
 *                                   (one event loop owns it)
 * </pre>
 *
 * <p>A session belongs to the event loop it was made on. A link is the only way in: it hops where it is called from
 * another loop, which happens only when a stream is resumed on a connection of another loop.
 *
 * <p>No protocol lives here: no frame, no JSON, no socket.
 */
package io.millrace.verticles.stream;
