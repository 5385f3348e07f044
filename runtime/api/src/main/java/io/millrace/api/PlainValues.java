package io.millrace.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** Values as JSON has them, without JSON: null, booleans, numbers, strings, and lists and maps of such. */
public final class PlainValues {

    private PlainValues() {}

    /** The same value with every string of it, names of members too, replaced; read-only. */
    public static Object mapStrings(Object value, UnaryOperator<String> change) {
        return switch (value) {
            case String text -> change.apply(text);
            case Map<?, ?> map -> mapStrings(map, change);
            case List<?> list -> {
                List<Object> mapped = new ArrayList<>(list.size());
                list.forEach(element -> mapped.add(mapStrings(element, change)));
                yield Collections.unmodifiableList(mapped);
            }
            case null -> null;
            default -> value;
        };
    }

    /** As of any value; members keep their order. */
    public static Map<String, Object> mapStrings(Map<?, ?> map, UnaryOperator<String> change) {
        Map<String, Object> mapped = new LinkedHashMap<>();
        map.forEach((name, inner) -> mapped.put(change.apply(String.valueOf(name)), mapStrings(inner, change)));
        return Collections.unmodifiableMap(mapped);
    }

    /** Characters of all strings in it, names of members too. */
    public static long characters(Object value) {
        return switch (value) {
            case String text -> text.length();
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .mapToLong(entry -> characters(entry.getKey()) + characters(entry.getValue()))
                        .sum();
            case List<?> list ->
                list.stream().mapToLong(PlainValues::characters).sum();
            case null -> 0;
            default -> 0;
        };
    }
}
