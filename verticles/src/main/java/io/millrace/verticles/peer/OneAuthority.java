package io.millrace.verticles.peer;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Believes one authority, and says whom it refuses: a node that got the wrong files would else be alone, and nobody would know
 * why. Thread-safe.
 */
final class OneAuthority extends X509ExtendedTrustManager {
    private static final Logger LOG = LoggerFactory.getLogger(OneAuthority.class);
    /** A node tries again for ever: each certificate is told of once, and of one more than these nothing is said. */
    private static final int MOST_TOLD = 100;

    private final X509ExtendedTrustManager delegate;
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    private interface Check {
        void run() throws CertificateException;
    }

    /** @param authority PEM */
    OneAuthority(Path authority) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(authority)) {
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("authority-" + store.size(), each);
            }
        }
        if (store.size() == 0) {
            throw new CertificateException(authority + " holds no certificate");
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        delegate = Arrays.stream(factory.getTrustManagers())
                .filter(X509ExtendedTrustManager.class::isInstance)
                .map(X509ExtendedTrustManager.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private void check(X509Certificate[] chain, String from, Check check) throws CertificateException {
        try {
            check.run();
        } catch (CertificateException e) {
            X509Certificate shown = chain[0];
            String who = shown.getSubjectX500Principal() + ", signed by " + shown.getIssuerX500Principal();
            if (told.size() < MOST_TOLD && told.add(who + shown.getSerialNumber())) {
                LOG.warn(
                        "the node at {} is refused: it shows a certificate of another authority than cluster.ca, or one"
                                + " that is not valid now ({}): {}",
                        from,
                        who,
                        e.getMessage());
            }
            throw e;
        }
    }

    private static String address(Socket socket) {
        return String.valueOf(socket.getRemoteSocketAddress());
    }

    private static String address(SSLEngine engine) {
        return engine.getPeerHost() + ":" + engine.getPeerPort();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, address(socket), () -> delegate.checkClientTrusted(chain, type, socket));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(chain, address(socket), () -> delegate.checkServerTrusted(chain, type, socket));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, address(engine), () -> delegate.checkClientTrusted(chain, type, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(chain, address(engine), () -> delegate.checkServerTrusted(chain, type, engine));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, "an unknown address", () -> delegate.checkClientTrusted(chain, type));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, "an unknown address", () -> delegate.checkServerTrusted(chain, type));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return delegate.getAcceptedIssuers();
    }
}
