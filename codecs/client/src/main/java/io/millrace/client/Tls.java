package io.millrace.client;

import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;

/** Which certificates Vert.x is told to take. */
final class Tls {

    private Tls() {}

    /** The same for a client whose requests cannot have options of their own. */
    static void apply(ClientOptions.Trust trust, HttpClientOptions http) {
        switch (trust) {
            case ClientOptions.Trust.System system -> {}
            case ClientOptions.Trust.Pem pem -> http.setTrustOptions(pemOptions(pem));
            case ClientOptions.Trust.Everything everything ->
                http.setTrustAll(true).setVerifyHost(false);
        }
    }

    private static PemTrustOptions pemOptions(ClientOptions.Trust.Pem pem) {
        return new PemTrustOptions().addCertPath(pem.file().toString());
    }

    static ClientSSLOptions of(ClientOptions.Trust trust) {
        ClientSSLOptions options = new ClientSSLOptions().setHostnameVerificationAlgorithm("HTTPS");
        return switch (trust) {
            case ClientOptions.Trust.System system -> options;
            case ClientOptions.Trust.Pem pem -> {
                options.setTrustOptions(pemOptions(pem));
                yield options;
            }
            case ClientOptions.Trust.Everything everything -> {
                options.setTrustAll(true).setHostnameVerificationAlgorithm("");
                yield options;
            }
        };
    }
}
