/** WebSocket ingress: many generations on one connection, told apart by their channel. */
package io.millrace.verticles.ingress.ws;
