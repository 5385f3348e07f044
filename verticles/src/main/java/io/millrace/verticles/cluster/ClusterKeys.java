package io.millrace.verticles.cluster;

import io.millrace.verticles.keys.Keytool;
import io.millrace.verticles.peer.NodeIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;

/**
 * Makes a cluster's certificates: an authority of its own, and for each node a certificate that it signed. Those who run an
 * authority already need none of this.
 *
 * <p>{@code ca.p12} signs: whoever has it can add nodes, so it stays where it was made. A node needs {@code ca.pem},
 * {@code NODE.pem} and {@code NODE-key.pem}.
 */
public final class ClusterKeys {
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
            Keytool.generate(
                    authority, "ca", "CN=Millrace cluster", "-ext", "bc:critical=ca:true", "-ext", "ku:critical=kCS");
            Keytool.restrict(authority);
            writeCertificate(authority, authorityPem);
        }
        Path store = folder.resolve(node + ".p12");
        Path request = folder.resolve(node + ".csr");
        Path certificate = folder.resolve(node + ".pem");
        Path key = folder.resolve(node + "-key.pem");
        Keytool.generate(store, "node", "CN=" + node);
        Keytool.run("-certreq", "-alias", "node", "-keystore", store.toString(), "-file", request.toString());
        Keytool.run(
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
                Keytool.VALIDITY_DAYS,
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
                    pem,
                    Keytool.pem(
                            "CERTIFICATE",
                            Keytool.load(authority).getCertificate("ca").getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot read the certificate that keytool made", e);
        }
    }

    private static void writeKey(Path store, Path key) throws IOException {
        try {
            byte[] encoded = Keytool.load(store)
                    .getKey("node", Keytool.PASSWORD.toCharArray())
                    .getEncoded();
            Files.deleteIfExists(key);
            Files.createFile(key);
            Keytool.restrict(key);
            Files.writeString(key, Keytool.pem("PRIVATE KEY", encoded), StandardOpenOption.TRUNCATE_EXISTING);
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot read the key that keytool made", e);
        }
    }
}
