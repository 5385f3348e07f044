package io.millrace.verticles.cluster;

import io.millrace.verticles.peer.NodeIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes a cluster's certificates: an authority of its own, and for each node a certificate that it signed. Uses the JDK's
 * keytool, since the JDK has no API for it. Those who run an authority already need none of this.
 *
 * <p>{@code ca.p12} signs: whoever has it can add nodes, so it stays where it was made. A node needs {@code ca.pem},
 * {@code NODE.pem} and {@code NODE-key.pem}.
 */
public final class ClusterKeys {
    /** Guards nothing: the files' permissions do. PKCS#12 wants one. */
    private static final String PASSWORD = "millrace";

    private static final long KEYTOOL_SECONDS = 60;

    private final Path folder;

    /** @throws IOException where the folder cannot be made */
    public ClusterKeys(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
    }

    /**
     * Makes the authority where there is none, and the node's certificate.
     *
     * @param host address or name that other nodes reach it at
     */
    public NodeIdentity make(String node, String host) throws IOException {
        Path authority = folder.resolve("ca.p12");
        Path authorityPem = folder.resolve("ca.pem");
        if (Files.notExists(authority)) {
            generate(authority, "ca", "CN=Millrace cluster", "-ext", "bc:critical=ca:true", "-ext", "ku:critical=kCS");
            restrict(authority);
            writeCertificate(authority, authorityPem);
        }
        Path store = folder.resolve(node + ".p12");
        Path request = folder.resolve(node + ".csr");
        Path certificate = folder.resolve(node + ".pem");
        Path key = folder.resolve(node + "-key.pem");
        generate(store, "node", "CN=" + node);
        keytool("-certreq", "-alias", "node", "-keystore", store.toString(), "-file", request.toString());
        keytool(
                "-gencert",
                "-alias",
                "ca",
                "-keystore",
                authority.toString(),
                "-infile",
                request.toString(),
                "-outfile",
                certificate.toString(),
                "-rfc",
                "-validity",
                "3650",
                "-ext",
                "san=" + (host.matches("[0-9.]+|.*:.*") ? "ip:" : "dns:") + host,
                "-ext",
                "eku=serverAuth,clientAuth");
        writeKey(store, key);
        Files.delete(request);
        Files.delete(store);
        return new NodeIdentity(certificate, key, authorityPem);
    }

    private static void writeCertificate(Path authority, Path pem) throws IOException {
        try {
            Files.writeString(
                    pem, pem("CERTIFICATE", load(authority).getCertificate("ca").getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot read the certificate that keytool made", e);
        }
    }

    private static void writeKey(Path store, Path key) throws IOException {
        try {
            byte[] encoded = load(store).getKey("node", PASSWORD.toCharArray()).getEncoded();
            Files.deleteIfExists(key);
            Files.createFile(key);
            restrict(key);
            Files.writeString(key, pem("PRIVATE KEY", encoded), StandardOpenOption.TRUNCATE_EXISTING);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot read the key that keytool made", e);
        }
    }

    private static void generate(Path store, String alias, String name, String... more) throws IOException {
        Files.deleteIfExists(store);
        List<String> arguments = new ArrayList<>(List.of(
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                name,
                "-validity",
                "3650",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString()));
        arguments.addAll(List.of(more));
        keytool(arguments.toArray(String[]::new));
    }

    private static void keytool(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("keytool could not make a certificate: " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool made a certificate", e);
        }
    }

    private static KeyStore load(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD.toCharArray());
            return store;
        } catch (GeneralSecurityException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String pem(String type, byte[] encoded) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
    }

    private static void restrict(Path file) throws IOException {
        if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }
}
