/**
 * The Java client: one generation is one {@code Multi} of token events, over QUIC, over a WebSocket or in process.
 *
 * <p>Transports carry frames and know nothing of generations; a {@code TokenSubscription} owns one generation over all its
 * connections. Nothing of the server lives here, and no JSON.
 */
package io.millrace.client;
