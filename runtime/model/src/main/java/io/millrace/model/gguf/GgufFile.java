package io.millrace.model.gguf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;

/**
 * A GGUF file of version 2 or 3, mapped into memory and checked from end to end of its header.
 *
 * <p>Any thread may read. After {@link #close()} the tensors' data are gone: reading them throws
 * {@link IllegalStateException}. A file that another process cuts short while it is open makes a read fail with
 * {@link InternalError}; replace model files by renaming.
 */
public final class GgufFile implements Checkpoint {
    private final Arena arena;
    private final GgufMetadata metadata;
    private final Map<String, GgufTensor> tensors;

    /** Takes the map over, and closes the arena with the file. */
    GgufFile(Arena arena, GgufMetadata metadata, Map<String, GgufTensor> tensors) {
        this.arena = arena;
        this.metadata = metadata;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Maps the file and reads its header; weights are read from disk when they are first touched.
     *
     * @throws GgufException where the file is damaged or not GGUF
     * @throws IOException where it cannot be read at all
     */
    public static GgufFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return GgufParser.parse(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena), arena);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    /** {@code general.architecture}, for example {@code llama}. */
    public String architecture() throws GgufException {
        return metadata.string("general.architecture").orElseThrow(() -> GgufException.missing("general.architecture"));
    }

    public GgufMetadata metadata() {
        return metadata;
    }

    @Override
    public Map<String, GgufTensor> byName() {
        return tensors;
    }

    @Override
    public float[] vector(String name) throws GgufException {
        return Dequantizer.all(tensor(name));
    }

    @Override
    public void close() {
        arena.close();
    }
}
