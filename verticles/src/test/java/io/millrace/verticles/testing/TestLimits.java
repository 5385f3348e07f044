package io.millrace.verticles.testing;

import io.millrace.api.Limits;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;

/** The default limits with one of them changed. */
public final class TestLimits {

    private TestLimits() {}

    public static Limits with(String name, Object value) {
        return with(Limits.DEFAULTS, name, value);
    }

    public static Limits with(Limits base, String name, Object value) {
        RecordComponent[] parts = Limits.class.getRecordComponents();
        try {
            Object[] values = new Object[parts.length];
            for (int i = 0; i < parts.length; i++) {
                values[i] = parts[i].getName().equals(name)
                        ? value
                        : parts[i].getAccessor().invoke(base);
            }
            Class<?>[] types =
                    Arrays.stream(parts).map(RecordComponent::getType).toArray(Class<?>[]::new);
            return Limits.class.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
