package io.millrace.verticles.ingress.quic;

import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PfxOptions;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keys that a node makes for itself at first start, in a folder that only its user can read.
 *
 * <ul>
 *   <li>{@code localhost.p12}, {@code localhost.pem}: a self-signed certificate for localhost, and its public part for
 *       clients to trust. Made by the JDK's own keytool, since the JDK has no API for it.
 *   <li>{@code quic-token.p12}: the HMAC key of QUIC's address tokens. An HMAC, because Vert.x 5.1 takes all tokens to
 *       have the length of the first one, and ECDSA signatures differ in length.
 * </ul>
 */
public final class NodeKeys {
    /** Guards nothing: the file's permissions do. PKCS#12 wants one. */
    private static final String PASSWORD = "millrace";

    private static final int HMAC_BYTES = 32;
    private static final long KEYTOOL_SECONDS = 60;

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
            keytool(fresh);
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
        try (var in = Files.newInputStream(from)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD.toCharArray());
            String body = Base64.getMimeEncoder(64, new byte[] {'\n'})
                    .encodeToString(store.getCertificate("millrace").getEncoded());
            Path fresh = Files.writeString(
                    folder.resolve("localhost-" + ProcessHandle.current().pid() + ".pem"),
                    "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n");
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
                        new KeyStore.PasswordProtection(PASSWORD.toCharArray()));
                keys.store(out, PASSWORD.toCharArray());
            } catch (GeneralSecurityException e) {
                throw new IOException("cannot make a key for QUIC's address tokens", e);
            }
            publish(fresh, store);
        }
        return options(store);
    }

    /** Whoever comes second, of two nodes that start at once, overwrites: both files are whole. */
    private static void publish(Path fresh, Path store) throws IOException {
        if (Files.getFileStore(fresh).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
        }
        Files.move(fresh, store, StandardCopyOption.ATOMIC_MOVE);
    }

    private static KeyCertOptions options(Path store) {
        return new PfxOptions().setPath(store.toString()).setPassword(PASSWORD);
    }

    private static void keytool(Path store) throws IOException {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        List<String> command = List.of(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                "millrace",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1,ip:0:0:0:0:0:0:0:1",
                "-validity",
                "3650",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD);
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("keytool could not make a certificate: " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool made a certificate", e);
        }
    }
}
