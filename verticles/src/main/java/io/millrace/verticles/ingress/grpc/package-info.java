/**
 * gRPC calls as generations, on the port of HTTP; the service is in {@code stream.proto}.
 *
 * <p>Where the port listens and how long its connections may be idle is {@code http}'s business.
 */
package io.millrace.verticles.ingress.grpc;
