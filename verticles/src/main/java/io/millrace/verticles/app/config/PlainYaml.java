package io.millrace.verticles.app.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/** YAML whose scalars are all text: a hash of digits is no number, and {@code no} is no boolean. */
public final class PlainYaml {
    /** Knows no implicit types. */
    private static final class TextOnly extends Resolver {
        @Override
        protected void addImplicitResolvers() {}
    }

    private PlainYaml() {}

    /**
     * Reads a file whose top level is a section; an empty file is an empty section.
     *
     * @throws ConfigException naming the file and the place in it
     */
    public static Map<?, ?> read(Path file) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        DumperOptions unused = new DumperOptions();
        Yaml yaml = new Yaml(new SafeConstructor(options), new Representer(unused), unused, options, new TextOnly());
        try (Reader reader = Files.newBufferedReader(file)) {
            return switch (yaml.<Object>load(reader)) {
                case null -> Map.of();
                case Map<?, ?> section -> section;
                default -> throw new ConfigException(file + " is not made of \"key: value\" lines");
            };
        } catch (NoSuchFileException e) {
            throw new ConfigException("the file " + file + " does not exist");
        } catch (IOException | YAMLException e) {
            throw new ConfigException("the file " + file + " cannot be read: " + e.getMessage());
        }
    }
}
