/**
 * The Java client: one generation is one {@code Multi} of token events, over QUIC, over a WebSocket, over gRPC or in process.
 *
 * <pre>{@code
 * try (TokenClient client = TokenClients.connect(vertx, URI.create("quic://localhost:4433"), options)) {
 *     client.generate(request).subscribe().with(event -> {
 *         if (event instanceof TokenEvent.Token token) {
 *             System.out.print(token.text());
 *         }
 *     });
 *     ...
 * }
 * }</pre>
 *
 * <p>A {@code Transport} carries frames and knows nothing of generations; a {@code TokenSubscription} owns one generation,
 * an {@code Attachment} its share of one connection. Nothing of the server lives here, and no JSON.
 */
package io.millrace.client;
