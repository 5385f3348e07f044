package io.millrace.verticles.peer;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/**
 * What a node shows to other nodes, and whom it believes: the same on the membership channel, the event bus and gRPC.
 *
 * @param certificate PEM chain that names the node's host
 * @param key         PEM private key (PKCS#8) of the certificate
 * @param authority   PEM certificate of the one authority whose nodes are believed
 */
public record NodeIdentity(Path certificate, Path key, Path authority) {

    public KeyCertOptions keyCert() {
        return new PemKeyCertOptions().setCertPath(certificate.toString()).setKeyPath(key.toString());
    }

    public TrustOptions trust() {
        return new PemTrustOptions().addCertPath(authority.toString());
    }

    /** @throws IOException naming the files, where one cannot be read */
    public SSLContext context() throws IOException {
        try {
            var context = (JdkSslContext) SslContextBuilder.forClient()
                    .sslProvider(SslProvider.JDK)
                    .keyManager(certificate.toFile(), key.toFile())
                    .trustManager(new OneAuthority(authority))
                    .build();
            return context.context();
        } catch (IllegalArgumentException | GeneralSecurityException | SSLException e) {
            throw new IOException(
                    "cluster.certificate " + certificate + ", cluster.key " + key + " and cluster.ca " + authority
                            + " cannot be used: " + e.getMessage(),
                    e);
        }
    }
}
