/**
 * QUIC ingress, ALPN {@code millrace/1}: one bidirectional stream is one generation.
 *
 * <p>Only what QUIC does differently lives here: connections, stream resets, address validation, certificates.
 */
package io.millrace.verticles.ingress.quic;
