package io.millrace.client;

import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;

/** Which certificates Vert.x is told to take. */
final class Tls {

    private Tls() {}

    static ClientSSLOptions of(ClientOptions.Trust trust) {
        ClientSSLOptions options = new ClientSSLOptions().setHostnameVerificationAlgorithm("HTTPS");
        return switch (trust) {
            case ClientOptions.Trust.System system -> options;
            case ClientOptions.Trust.Pem pem -> {
                options.setTrustOptions(
                        new PemTrustOptions().addCertPath(pem.file().toString()));
                yield options;
            }
            case ClientOptions.Trust.Everything everything -> {
                options.setTrustAll(true).setHostnameVerificationAlgorithm("");
                yield options;
            }
        };
    }
}
