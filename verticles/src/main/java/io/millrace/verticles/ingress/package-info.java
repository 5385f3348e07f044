/**
 * What the ingresses share: who may come in, and one generation as frames of the wire protocol.
 *
 * <p>The transports themselves live below: {@code quic}, {@code ws}, {@code http}, {@code grpc}. Scheduling, text and replay stay in
 * {@code stream} and {@code batching}.
 */
package io.millrace.verticles.ingress;
