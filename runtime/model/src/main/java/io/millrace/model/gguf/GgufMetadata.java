package io.millrace.model.gguf;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The key-value pairs of a file's header.
 *
 * <p>A getter is empty where the key is missing, and throws {@link GgufException} where the value is of another type or
 * is no such value at all: text that is not UTF-8, an integer beyond 2<sup>63</sup>, a number that is not finite.
 */
public final class GgufMetadata {
    private final Map<String, GgufValue> values;

    /** Takes the map over. */
    GgufMetadata(Map<String, GgufValue> values) {
        this.values = Collections.unmodifiableMap(values);
    }

    /** In the order of the file. */
    public Set<String> keys() {
        return values.keySet();
    }

    public Optional<String> string(String key) throws GgufException {
        GgufValue value = values.get(key);
        return value == null ? Optional.empty() : Optional.of(value.string());
    }

    public Optional<List<String>> strings(String key) throws GgufException {
        GgufValue value = values.get(key);
        return value == null ? Optional.empty() : Optional.of(value.strings());
    }

    /** Any width, signed or not. */
    public OptionalLong integer(String key) throws GgufException {
        GgufValue value = values.get(key);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value.integer());
    }

    /** Any width, signed or not. */
    public Optional<long[]> integers(String key) throws GgufException {
        GgufValue value = values.get(key);
        return value == null ? Optional.empty() : Optional.of(value.integers());
    }

    public OptionalDouble real(String key) throws GgufException {
        GgufValue value = values.get(key);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value.real());
    }

    /** An array of 32-bit floats. */
    public Optional<float[]> reals(String key) throws GgufException {
        GgufValue value = values.get(key);
        return value == null ? Optional.empty() : Optional.of(value.reals());
    }

    public Optional<Boolean> bool(String key) throws GgufException {
        GgufValue value = values.get(key);
        return value == null ? Optional.empty() : Optional.of(value.bool());
    }

    /** For a value that exists and makes no sense. */
    GgufException wrong(String key, String problem) {
        return GgufException.at(values.get(key).offset(), key, problem);
    }
}
