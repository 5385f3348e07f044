package io.millrace.engine;

import io.millrace.api.Limits;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** {@link Limits#DEFAULTS} with some fields replaced, by name: tests do not depend on the fields they do not name. */
final class TestLimits {
    private TestLimits() {}

    /** @param changes name, value, name, value */
    static Limits with(Object... changes) {
        Map<Object, Object> byName = new HashMap<>();
        for (int i = 0; i < changes.length; i += 2) {
            byName.put(changes[i], changes[i + 1]);
        }
        try {
            RecordComponent[] components = Limits.class.getRecordComponents();
            Object[] values = new Object[components.length];
            for (int i = 0; i < values.length; i++) {
                Object unchanged = components[i].getAccessor().invoke(Limits.DEFAULTS);
                Object changed = byName.remove(components[i].getName());
                values[i] = changed == null ? unchanged : changed;
            }
            if (!byName.isEmpty()) {
                throw new IllegalArgumentException("Limits has no " + byName.keySet());
            }
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            return Limits.class.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
