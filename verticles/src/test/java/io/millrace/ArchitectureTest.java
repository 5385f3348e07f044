package io.millrace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Rules 1 to 5 of the design page, over the classes of every module. */
class ArchitectureTest {
    private static final Map<String, Function<ArchitectureRules, ArchRule>> RULES = Map.ofEntries(
            Map.entry("pure modules use no runtime", ArchitectureRules::pureModulesUseNoRuntime),
            Map.entry("pure modules start no threads", ArchitectureRules::pureModulesStartNoThreads),
            Map.entry("pure modules read no clock", ArchitectureRules::pureModulesReadNoClock),
            Map.entry("nobody reads the time of day", ArchitectureRules::nobodyReadsTheTimeOfDay),
            Map.entry("only ort runs models", ArchitectureRules::onlyOrtRunsModels),
            Map.entry("only ort and model use foreign memory", ArchitectureRules::onlyOrtAndModelUseForeignMemory),
            Map.entry("only ingresses touch sockets", ArchitectureRules::onlyIngressesTouchSockets),
            Map.entry("only the cluster knows its members", ArchitectureRules::onlyTheClusterKnowsItsMembers),
            Map.entry("nobody uses internals", ArchitectureRules::nobodyUsesInternals),
            Map.entry("JSON stays in codecs", ArchitectureRules::jsonStaysInCodecs),
            Map.entry("packages have no cycles", ArchitectureRules::packagesHaveNoCycles),
            Map.entry("clients know no server", ArchitectureRules::clientsKnowNoServer));

    private static JavaClasses tree;
    private static JavaClasses probes;

    @BeforeAll
    static void importClasses() {
        tree = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.millrace");
        probes = new ClassFileImporter().importPackages("io.millrace.arch.probe");
    }

    @TestFactory
    Stream<DynamicTest> theTreeKeepsEveryRule() {
        return RULES.entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(
                        rule.getKey(),
                        () -> rule.getValue()
                                .apply(new ArchitectureRules("io.millrace"))
                                .check(tree)));
    }

    @TestFactory
    Stream<DynamicTest> everyRuleCanFail() {
        return RULES.entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(
                        rule.getKey(),
                        () -> assertTrue(rule.getValue()
                                .apply(new ArchitectureRules("io.millrace.arch.probe"))
                                .evaluate(probes)
                                .hasViolation())));
    }

    @Test
    void theTreeHoldsAllModules() {
        Stream.of("api", "text", "model", "engine", "ort", "cluster", "wire", "peer", "openai", "client", "verticles")
                .forEach(module -> assertTrue(tree.containPackage("io.millrace." + module), module));
    }

    @Test
    void everyPackageSaysWhatLivesThere() throws IOException {
        try (Stream<Path> modules = Files.walk(Path.of(".."), 3)) {
            for (Path sources : modules.map(module -> module.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                assertEquals(List.of(), packagesWithoutInfo(sources));
            }
        }
    }

    @Test
    void aPackageWithoutInfoIsFound(@TempDir Path folder) throws IOException {
        Files.createFile(folder.resolve("Silent.java"));
        assertEquals(List.of(folder), packagesWithoutInfo(folder));
    }

    private static List<Path> packagesWithoutInfo(Path sources) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(Path::getParent)
                    .distinct()
                    .filter(folder -> Files.notExists(folder.resolve("package-info.java")))
                    .toList();
        }
    }
}
