package io.millrace.verticles.app.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the node shows to its QUIC clients.
 *
 * @param certificate PEM chain; without one a self-signed certificate for localhost is made at the first start
 * @param key         PEM private key (PKCS#8) of the certificate
 */
public record Tls(Optional<Path> certificate, Optional<Path> key) {
    public static final Tls SELF_SIGNED = new Tls(Optional.empty(), Optional.empty());
}
