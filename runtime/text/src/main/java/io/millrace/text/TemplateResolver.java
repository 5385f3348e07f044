package io.millrace.text;

import com.hubspot.jinjava.el.ext.JinjavaBeanELResolver;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.util.ForLoop;
import java.beans.FeatureDescriptor;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;

/**
 * All that a template can reach behind a dot, beside the entries of maps and lists: a table of Python's methods, the
 * fields of {@code loop}, and the characters of a string. No Java method or property is looked up by name anywhere, so
 * there is no way from a value to its class.
 */
final class TemplateResolver extends ELResolver {
    private static final Set<String> TESTS = Set.of("evaluate", "evaluateNegated");
    private static final Pattern INDEX = Pattern.compile("-?\\d{1,9}");

    /** Jinjava calls its filters and tests by name, too; only this one fits their arguments. */
    private final ELResolver jinjava = new JinjavaBeanELResolver(true);

    private final int maxText;

    /** @param maxText characters that a string may grow to */
    TemplateResolver(int maxText) {
        this.maxText = maxText;
    }

    @Override
    public Object getValue(ELContext context, Object base, Object property) {
        if (base instanceof ForLoop loop) {
            context.setPropertyResolved(true);
            return loopField(loop, String.valueOf(property));
        }
        if (base instanceof String text) {
            context.setPropertyResolved(true);
            return characterAt(text, String.valueOf(property));
        }
        return null;
    }

    @Override
    public Object invoke(ELContext context, Object base, Object method, Class<?>[] types, Object[] arguments) {
        String name = String.valueOf(method);
        if (base instanceof Filter && name.equals("filter") || base instanceof ExpTest && TESTS.contains(name)) {
            return jinjava.invoke(context, base, method, types, arguments);
        }
        Arguments args = new Arguments(name, arguments);
        Object result = switch (base) {
            case String text -> invoke(text, name, args);
            case Map<?, ?> map -> invoke(map, name, args);
            case List<?> list -> invoke(list, name, args);
            default -> throw args.unknown();
        };
        context.setPropertyResolved(true);
        return result;
    }

    private Object invoke(String text, String name, Arguments args) {
        return switch (name) {
            case "strip" -> PythonText.strip(text, args.text(0, ""), true, true);
            case "lstrip" -> PythonText.strip(text, args.text(0, ""), true, false);
            case "rstrip" -> PythonText.strip(text, args.text(0, ""), false, true);
            case "split" ->
                args.none() ? PythonText.words(text) : PythonText.split(text, args.text(0), args.number(1, -1));
            case "startswith" -> text.startsWith(args.text(0));
            case "endswith" -> text.endsWith(args.text(0));
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> PythonText.title(text);
            case "capitalize" ->
                text.isEmpty()
                        ? text
                        : PythonText.title(text.substring(0, 1))
                                + text.substring(1).toLowerCase(Locale.ROOT);
            case "replace" -> PythonText.replace(text, args.text(0), args.text(1), maxText);
            case "find" -> (long) text.indexOf(args.text(0));
            case "count" -> (long) PythonText.count(text, args.text(0));
            default -> throw args.unknown();
        };
    }

    private static Object invoke(Map<?, ?> map, String name, Arguments args) {
        return switch (name) {
            case "items" -> map.entrySet();
            case "keys" -> map.keySet();
            case "values" -> List.copyOf(map.values());
            case "get" -> map.containsKey(args.text(0)) ? map.get(args.text(0)) : args.any(1);
            default -> throw args.unknown();
        };
    }

    private static Object invoke(List<?> list, String name, Arguments args) {
        return switch (name) {
            case "index" -> (long) list.indexOf(args.any(0));
            case "count" -> (long) Collections.frequency(list, args.any(0));
            default -> throw args.unknown();
        };
    }

    private static Object loopField(ForLoop loop, String field) {
        return switch (field) {
            case "first" -> loop.isFirst();
            case "last" -> loop.isLast();
            case "index" -> loop.getIndex();
            case "index0" -> loop.getIndex0();
            case "revindex" -> loop.getRevindex();
            case "revindex0" -> loop.getRevindex0();
            case "length" -> loop.getLength();
            default -> null;
        };
    }

    private static String characterAt(String text, String property) {
        if (!INDEX.matcher(property).matches()) {
            return null;
        }
        int index = Integer.parseInt(property);
        int at = index < 0 ? text.length() + index : index;
        return at >= 0 && at < text.length() ? text.substring(at, at + 1) : null;
    }

    /** What stands in a call's parentheses. */
    private record Arguments(String method, Object[] values) {

        boolean none() {
            return values.length == 0;
        }

        Object any(int at) {
            return at < values.length ? values[at] : null;
        }

        String text(int at) {
            if (any(at) instanceof String text) {
                return text;
            }
            throw new IllegalArgumentException(method + "() wants a string as argument " + (at + 1));
        }

        String text(int at, String otherwise) {
            return any(at) == null ? otherwise : text(at);
        }

        long number(int at, long otherwise) {
            return any(at) instanceof Number number ? number.longValue() : otherwise;
        }

        IllegalArgumentException unknown() {
            return new IllegalArgumentException("no method " + method + "() that a template may call");
        }
    }

    @Override
    public void setValue(ELContext context, Object base, Object property, Object value) {
        // Templates change no value but their own variables, which jinjava keeps.
    }

    @Override
    public boolean isReadOnly(ELContext context, Object base, Object property) {
        return true;
    }

    @Override
    public Class<?> getType(ELContext context, Object base, Object property) {
        return null;
    }

    @Override
    public Class<?> getCommonPropertyType(ELContext context, Object base) {
        return Object.class;
    }

    @Override
    public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
        return Collections.emptyIterator();
    }
}
