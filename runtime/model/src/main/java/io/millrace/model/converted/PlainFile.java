package io.millrace.model.converted;

import io.millrace.model.converted.DirectoryManifest.Contents;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Files that lie in a directory itself: no links, no ways out of it. */
final class PlainFile {
    /** No separators of any system, no dot in front. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}");

    private static final int PIECE = 1 << 20;

    private PlainFile() {}

    /** @throws IOException where {@code name} could be anything but the name of a file in {@code folder} */
    static Path named(Path folder, String name) throws IOException {
        if (!NAME.matcher(name).matches()) {
            throw new IOException(folder + ": \"" + name.replaceAll("\\p{Cntrl}", "?")
                    + "\" is not a plain file name; a converted model's files lie in its directory");
        }
        return folder.resolve(name);
    }

    /** Looks at the file's length alone. */
    static void checkLength(Path file, Contents expected) throws IOException {
        long bytes = length(file);
        if (bytes != expected.bytes()) {
            throw new IOException(
                    file + " was altered: it has " + bytes + " bytes, not the manifest's " + expected.bytes());
        }
    }

    /** @throws IOException where the file is missing, or a link, or no file */
    static long length(Path file) throws IOException {
        BasicFileAttributes found = attributes(file);
        if (found.isSymbolicLink() || !found.isRegularFile()) {
            throw new IOException(file + (found.isSymbolicLink() ? " is a symbolic link" : " is not a regular file"));
        }
        return found.size();
    }

    static void checkHash(Path file, Contents expected) throws IOException {
        if (!contents(file).equals(expected)) {
            throw new IOException(file + " was altered: its SHA-256 is not the manifest's");
        }
    }

    static Contents contents(Path file) throws IOException {
        MessageDigest digest = sha256();
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            while (in.read(piece) >= 0) {
                digest.update(piece.flip());
                piece.clear();
            }
            return new Contents(in.size(), HexFormat.of().formatHex(digest.digest()));
        }
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    private static BasicFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            throw new IOException(file + " is missing", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
