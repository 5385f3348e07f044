package io.millrace.ort.cuda;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Opens shared libraries of the machine by soname. */
@FunctionalInterface
interface LibraryFinder {
    /** Names folders, separated as in a search path, that are looked into before the system's. */
    String FOLDERS_VARIABLE = "MILLRACE_CUDA_LIBS";

    /** @return the library, which stays loaded; empty where there is none */
    Optional<SymbolLookup> open(String soname);

    /** The folders of {@value #FOLDERS_VARIABLE}, then what the dynamic linker finds. */
    static LibraryFinder system() {
        return in(System.getenv().getOrDefault(FOLDERS_VARIABLE, ""));
    }

    /** @param folders separated as in a search path; may be empty */
    static LibraryFinder in(String folders) {
        List<Path> paths = new ArrayList<>();
        for (String folder : folders.split(File.pathSeparator)) {
            if (!folder.isBlank()) {
                paths.add(Path.of(folder));
            }
        }
        return soname -> paths.stream()
                .map(folder -> folder.resolve(soname))
                .filter(Files::exists)
                .findFirst()
                .map(Path::toString)
                .or(() -> Optional.of(soname))
                .flatMap(LibraryFinder::load);
    }

    @SuppressWarnings("restricted") // Loading native libraries is what this is for; the launcher allows it.
    private static Optional<SymbolLookup> load(String name) {
        try {
            return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
