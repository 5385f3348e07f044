package io.millrace.verticles.ingress.quic;

import io.millrace.verticles.keys.Keytool;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys that a node makes for itself at first start, in a folder that only its user can read.
 *
 * <ul>
 *   <li>{@code localhost.p12}, {@code localhost.pem}: a self-signed certificate for localhost, and its public part for
 *       clients to trust.
 *   <li>{@code quic-token.p12}: the HMAC key of QUIC's address tokens. An HMAC, because Vert.x 5.1 takes all tokens to
 *       have the length of the first one, and ECDSA signatures differ in length.
 * </ul>
 */
public final class NodeKeys {
    private static final String ALIAS = "millrace";
    private static final int HMAC_BYTES = 32;

    private final Path folder;

    /** @throws IOException where the folder cannot be made */
    public NodeKeys(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    /** The certificate for localhost, made where there is none; its public part lies beside it from then on. */
    public KeyCertOptions localhost() throws IOException {
        Path store = folder.resolve("localhost.p12");
        if (Files.notExists(store)) {
            Path fresh = folder.resolve("localhost-" + ProcessHandle.current().pid() + ".p12");
            Keytool.generate(fresh, ALIAS, "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1,ip:0:0:0:0:0:0:0:1");
            publish(fresh, store);
        }
        writePem(store);
        return options(store);
    }

    /** The localhost certificate alone, as PEM: what clients trust. */
    public Path localhostPem() throws IOException {
        localhost();
        return folder.resolve("localhost.pem");
    }

    private void writePem(Path from) throws IOException {
        try {
            byte[] encoded = Keytool.load(from).getCertificate(ALIAS).getEncoded();
            Path fresh = Files.writeString(
                    folder.resolve("localhost-" + ProcessHandle.current().pid() + ".pem"),
                    Keytool.pem("CERTIFICATE", encoded));
            Files.move(fresh, folder.resolve("localhost.pem"), StandardCopyOption.ATOMIC_MOVE);
        } catch (GeneralSecurityException e) {
            throw new IOException(
                    "cannot read the certificate in " + folder + "; delete the folder to make it anew", e);
        }
    }

    /** The key that signs QUIC's address tokens. */
    public KeyCertOptions quicToken() throws IOException {
        Path store = folder.resolve("quic-token.p12");
        if (Files.notExists(store)) {
            Path fresh = folder.resolve("quic-token-" + ProcessHandle.current().pid() + ".p12");
            byte[] secret = new byte[HMAC_BYTES];
            new SecureRandom().nextBytes(secret);
            try (OutputStream out = Files.newOutputStream(fresh)) {
                KeyStore keys = KeyStore.getInstance("PKCS12");
                keys.load(null, null);
                keys.setEntry(
                        "token",
                        new KeyStore.SecretKeyEntry(new SecretKeySpec(secret, "HmacSHA256")),
                        new KeyStore.PasswordProtection(Keytool.PASSWORD.toCharArray()));
                keys.store(out, Keytool.PASSWORD.toCharArray());
            } catch (GeneralSecurityException e) {
                throw new IOException("cannot make a key for QUIC's address tokens", e);
            }
            publish(fresh, store);
        }
        return options(store);
    }

    /** Whoever comes second, of two nodes that start at once, overwrites: both files are whole. */
    private static void publish(Path fresh, Path store) throws IOException {
        Keytool.restrict(fresh);
        Files.move(fresh, store, StandardCopyOption.ATOMIC_MOVE);
    }

    private static KeyCertOptions options(Path store) {
        return new PfxOptions().setPath(store.toString()).setPassword(Keytool.PASSWORD);
    }
}
