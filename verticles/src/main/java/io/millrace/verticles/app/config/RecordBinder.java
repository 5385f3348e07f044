package io.millrace.verticles.app.config;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Turns flat settings into a tree of records and back. The records are the schema: component {@code maxBatch} of
 * record {@code limits} is the key {@code limits.max-batch}, and an instance with the defaults stands in for what is
 * not set.
 */
final class RecordBinder {
    private RecordBinder() {}

    /** The keys of a tree with their values as text, in the order they are declared. */
    static Map<String, String> flatten(Record tree) {
        Map<String, String> flat = new LinkedHashMap<>();
        flatten("", tree, flat);
        return flat;
    }

    /** The defaults with every setting put in its place; settings of no known key are left alone. */
    static <R extends Record> R bind(R defaults, Map<String, Setting> settings) {
        return bind("", defaults, settings);
    }

    private static void flatten(String prefix, Record tree, Map<String, String> flat) {
        for (RecordComponent component : tree.getClass().getRecordComponents()) {
            String key = prefix + dashed(component.getName());
            switch (value(component, tree)) {
                case Record nested -> flatten(key + ".", nested, flat);
                case Object value -> flat.put(key, text(key, value));
            }
        }
    }

    private static <R extends Record> R bind(String prefix, R defaults, Map<String, Setting> settings) {
        RecordComponent[] components = defaults.getClass().getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String key = prefix + dashed(components[i].getName());
            Object fallback = value(components[i], defaults);
            Setting setting = settings.get(key);
            if (fallback instanceof Record nested) {
                values[i] = bind(key + ".", nested, settings);
            } else {
                values[i] = setting == null ? fallback : parse(key, setting, fallback);
            }
        }
        return construct(defaults, components, values);
    }

    private static Object parse(String key, Setting setting, Object fallback) {
        String text = setting.value();
        try {
            return switch (fallback) {
                case Integer ignored -> key.endsWith("-bytes") ? Units.bytes(text) : Units.integer(text);
                case Double ignored -> Units.decimal(text);
                case Duration ignored -> Units.duration(text);
                case Path ignored -> setting.base().resolve(text);
                case Optional<?> ignored ->
                    text.isEmpty()
                            ? Optional.empty()
                            : Optional.of(setting.base().resolve(text));
                case Enum<?> some -> constant(some, text);
                default -> text;
            };
        } catch (IllegalArgumentException wrong) {
            throw new ConfigException(key + ": \"" + text + "\" " + wrong.getMessage() + " (" + setting.origin() + ")");
        }
    }

    private static Object constant(Enum<?> some, String text) {
        Enum<?>[] all = some.getDeclaringClass().getEnumConstants();
        return Arrays.stream(all)
                .filter(each -> lower(each).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("is none of "
                        + String.join(
                                ", ",
                                Arrays.stream(all).map(RecordBinder::lower).toList())));
    }

    private static String text(String key, Object value) {
        return switch (value) {
            case Integer number -> key.endsWith("-bytes") ? Units.text(number) : number.toString();
            case Duration duration -> Units.text(duration);
            case Optional<?> optional -> optional.map(Object::toString).orElse("");
            case Enum<?> constant -> lower(constant);
            default -> value.toString();
        };
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String dashed(String camelCase) {
        return camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static Object value(RecordComponent component, Record owner) {
        try {
            return component.getAccessor().invoke(owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }

    @SuppressWarnings("unchecked") // a record's constructor makes that record
    private static <R extends Record> R construct(R sample, RecordComponent[] components, Object[] values) {
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            return (R) sample.getClass().getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(sample.getClass() + " cannot be made", e);
        }
    }
}
