package io.millrace.text;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.el.TypeConvertingMapELResolver;
import com.hubspot.jinjava.el.ext.JinjavaListELResolver;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.lib.Importable;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.tree.Node;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELResolver;

/**
 * Jinjava with no more than chat templates need: lists of what is allowed, everything else is off.
 *
 * <p>A template comes with a model's file, so it is foreign code: it reaches no Java object, no other template and no
 * clock; strings, lists and output are bounded; and before every node the render's deadline is looked at, which ends
 * any loop, without a thread to watch it.
 */
final class TemplateSandbox {
    private static final int MAX_ELEMENTS = 16_384;
    private static final int MAX_DEPTH = 32;

    private static final Set<String> TAGS = Set.of(
            "for",
            "endfor",
            "break",
            "continue",
            "if",
            "elif",
            "else",
            "endif",
            "set",
            "endset",
            "macro",
            "endmacro",
            "raw",
            "endraw");
    private static final Set<String> FUNCTIONS = Set.of(":range", ":namespace");
    private static final Set<String> FILTERS = Set.of(
            "trim",
            "tojson",
            "length",
            "count",
            "first",
            "last",
            "join",
            "list",
            "map",
            "select",
            "selectattr",
            "reject",
            "rejectattr",
            "default",
            "d",
            "upper",
            "lower",
            "title",
            "capitalize",
            "replace",
            "string",
            "int",
            "float",
            "reverse",
            "sort",
            "unique",
            "safe",
            "round");

    /** Not ALL: that leaves {@code {{'text'}}}, without spaces inside its braces, as it stands. */
    private static final LegacyOverrides LIKE_JINJA = LegacyOverrides.newBuilder()
            .withEvaluateMapKeys(true)
            .withIterateOverMapKeys(true)
            .withUsePyishObjectMapper(true)
            .withUseNaturalOperatorPrecedence(true)
            .withParseWhitespaceControlStrictly(true)
            .withAllowAdjacentTextNodes(true)
            .withUseTrimmingForNotesAndExpressions(true)
            .withKeepNullableLoopValues(true)
            .build();

    private final Jinjava jinjava;
    private final JinjavaConfig config;

    TemplateSandbox(int maxOutput) {
        Context library = new Jinjava().getGlobalContext();
        config = JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withLegacyOverrides(LIKE_JINJA)
                // On, the text of a message would be run as a template.
                .withNestedInterpretationEnabled(false)
                .withMaxOutputSize(maxOutput)
                .withMaxStringLength(maxOutput)
                .withMaxListSize(MAX_ELEMENTS)
                .withMaxMapSize(MAX_ELEMENTS)
                .withRangeLimit(MAX_ELEMENTS)
                .withMaxRenderDepth(MAX_DEPTH)
                .withEnableRecursiveMacroCalls(false)
                .withElResolver(resolver(maxOutput))
                .withDisabled(Map.of(
                        Library.TAG, allBut(TAGS, library.getAllTags()),
                        Library.FILTER, allBut(FILTERS, library.getAllFilters()),
                        Library.FUNCTION, allBut(FUNCTIONS, library.getAllFunctions())))
                .withProcessors(JinjavaProcessors.newBuilder()
                        .withNodePreProcessor((node, interpreter) -> ((BoundedRender) interpreter).checkDeadline())
                        .build())
                .build();
        jinjava = new Jinjava(config);
        jinjava.registerFilter(new PythonJson(maxOutput));
        jinjava.registerFilter(new PythonTrim());
        jinjava.registerFunction(TemplateRaised.function());
    }

    /**
     * Reads a template once, for any number of renders on any threads: rendering does not change the tree.
     *
     * @throws IllegalArgumentException where it is no template
     */
    Node parse(String source) {
        BoundedRender reader = new BoundedRender(jinjava, context(Map.of()), config, () -> false);
        Node root = reader.parse(source);
        reader.getErrorsCopy().stream().findFirst().ifPresent(error -> {
            throw new IllegalArgumentException("chat template: " + error.getMessage());
        });
        return root;
    }

    BoundedRender render(Map<String, ?> variables, BooleanSupplier late) {
        return new BoundedRender(jinjava, context(variables), config, late);
    }

    private Context context(Map<String, ?> variables) {
        return new StrictContext(jinjava.getGlobalContextCopy(), variables, config.getDisabled());
    }

    private static ELResolver resolver(int maxText) {
        CompositeELResolver resolver = new CompositeELResolver();
        resolver.add(new TypeConvertingMapELResolver(true));
        resolver.add(new JinjavaListELResolver(true));
        resolver.add(new TemplateResolver(maxText));
        return resolver;
    }

    private static Set<String> allBut(Set<String> allowed, Collection<? extends Importable> known) {
        return known.stream()
                .map(Importable::getName)
                .filter(n -> !allowed.contains(n))
                .collect(Collectors.toSet());
    }

    /** The scope around all others of a render: a filter or test that is not here is an error, not empty text. */
    private static final class StrictContext extends Context {
        StrictContext(Context global, Map<String, ?> variables, Map<Library, Set<String>> disabled) {
            super(global, variables, disabled);
        }

        @Override
        public Filter getFilter(String name) {
            return known(super.getFilter(name), name);
        }

        @Override
        public ExpTest getExpTest(String name) {
            return known(super.getExpTest(name), name);
        }

        private static <T> T known(T found, String name) {
            if (found == null) {
                throw new IllegalArgumentException("there is no filter or test " + name);
            }
            return found;
        }
    }
}
