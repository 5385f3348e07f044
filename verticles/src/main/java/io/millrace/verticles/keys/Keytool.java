package io.millrace.verticles.keys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Certificates by the JDK's own keytool, since the JDK has no API for making them, in stores of PKCS#12. */
public final class Keytool {
    /** Guards nothing: the files' permissions do. PKCS#12 wants one. */
    public static final String PASSWORD = "millrace";

    /** Of every certificate: ten years. */
    public static final String VALIDITY_DAYS = "3650";

    private static final long SECONDS = 60;

    private Keytool() {}

    /**
     * Makes a store with a key pair and its self-signed certificate, in place of what may be there.
     *
     * @param name of the subject, as {@code CN=localhost}
     * @param more arguments of {@code keytool -genkeypair}
     */
    public static void generate(Path store, String alias, String name, String... more) throws IOException {
        Files.deleteIfExists(store);
        List<String> arguments = new ArrayList<>(List.of("-genkeypair", "-alias", alias));
        arguments.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-dname", name));
        arguments.addAll(List.of("-validity", VALIDITY_DAYS, "-storetype", "PKCS12", "-keystore", store.toString()));
        arguments.addAll(List.of(more));
        run(arguments.toArray(String[]::new));
    }

    /** @throws IOException with what keytool says, where it does not succeed */
    public static void run(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("keytool could not make a certificate: " + output.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool made a certificate", e);
        }
    }

    /** A store that {@link #generate} made. */
    public static KeyStore load(Path store) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(store)) {
            KeyStore loaded = KeyStore.getInstance("PKCS12");
            loaded.load(in, PASSWORD.toCharArray());
            return loaded;
        }
    }

    /** Lets only its user read and write a file, where the file system knows permissions. */
    public static void restrict(Path file) throws IOException {
        if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    /** @param type as {@code CERTIFICATE} */
    public static String pem(String type, byte[] encoded) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        return "-----BEGIN " + type + "-----\n" + body + "\n-----END " + type + "-----\n";
    }
}
