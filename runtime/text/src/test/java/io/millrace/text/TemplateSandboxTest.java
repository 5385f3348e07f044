package io.millrace.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hubspot.jinjava.tree.Node;
import io.millrace.api.Limits;
import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.Rejection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TemplateSandboxTest {
    private static final int MAX_OUTPUT = 10_000;
    private static final BooleanSupplier NEVER_LATE = () -> false;
    private static final TemplateSandbox SANDBOX = new TemplateSandbox(MAX_OUTPUT);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.getClass() }}",
                "{{ ''.class }}",
                "{{ ''['class'] }}",
                "{{ messages.getClass().forName('java.lang.Runtime') }}",
                "{{ messages.class }}",
                "{{ messages[0].class }}",
                "{{ 1.class }}",
                "{{ (1).getClass() }}",
                "{{ true.getClass() }}",
                "{% for class, bytes in ['x'] %}{{ class }}{% endfor %}",
                "{% for class, empty in [messages] %}{{ class }}{% endfor %}",
                "{% for i in range(2) %}{{ loop.class }}{{ loop.getClass() }}{% endfor %}",
                "{{ range.class }}",
                "{{ raise_exception.method }}",
                "{{ ____int3rpr3t3r____.config }}",
                "{{ ____int3rpr3t3r____.getContext() }}",
                "{{ ____int3rpr3t3r____ | tojson }}",
                "{{ messages | map(attribute='class') | join }}",
                "{{ ['x'] | map(attribute='class') | join }}",
                "{{ ['x'] | selectattr('class') | list | length }}",
                "{{ 'x' | attr('class') }}",
                "{{ 'x' | pprint }}",
                "{{ '{}' | fromjson }}",
                "{{ 'a: 1' | fromyaml }}",
                "{% include 'file:///etc/passwd' %}",
                "{% import 'file:///etc/passwd' as x %}",
                "{{ today() }}",
                "{{ unixtimestamp() }}"
            })
    void noTemplateReachesAJavaObject(String source) {
        String shown;
        try {
            shown = run(source, NEVER_LATE);
        } catch (RuntimeException refused) {
            return;
        }
        assertTrue(shown.isEmpty() || shown.equals("0"), "showed " + shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(16000) %}{% for j in range(16000) %}{% for k in range(16000) %}{% endfor %}{% endfor %}{% endfor %}",
                "{% for i in range(16000) %}{% for j in range(16000) %}{% set x = i %}{% endfor %}{% endfor %}",
                "{% macro f(n) %}{% for i in range(16000) %}{{ '' }}{% endfor %}{% endmacro %}"
                        + "{% for i in range(16000) %}{{ f(i) }}{% endfor %}"
            })
    void aRunawayLoopEndsAtTheDeadlineWithoutAThreadToStopIt(String source) {
        AtomicInteger looks = new AtomicInteger();
        RuntimeException failure =
                assertThrows(RuntimeException.class, () -> run(source, () -> looks.incrementAndGet() > 100));
        assertTrue(BoundedRender.ranOutOfTime(failure), String.valueOf(failure));
        assertTrue(looks.get() < 200, looks + " nodes were begun after the deadline");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(16000) %}aaaaaaaaaa{% endfor %}",
                "{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(64) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(64) %}{% set ns.x = ns.x.replace('a', 'aaaa') %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(64) %}{% set ns.x = ns.x | replace('a', 'aaaa') %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=[1, 2]) %}{% for i in range(64) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x | length }}",
                "{% set ns = namespace(x=[1, 2]) %}{% for i in range(64) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x | tojson }}",
                "{% set ns = namespace(x=[1, 2]) %}{% for i in range(64) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x='aaaaaaaaaa') %}{% for i in range(64) %}{% set ns.x = [ns.x, ns.x] | join(ns.x) %}{% endfor %}{{ ns.x }}"
            })
    void noTemplateGrowsBeyondItsBounds(String source) {
        assertThrows(RuntimeException.class, () -> run(source, NEVER_LATE));
    }

    @Test
    void aRefusalNamesTheLimitAndNeverTheMessages() {
        AtomicLong nanos = new AtomicLong();
        ChatTemplate slow = ChatTemplate.of(
                Specs.withTemplate(
                        Specs.bytes("gpt-2", false),
                        "{% for m in messages %}{{ m.content }}{% if m.role == 'bad' %}{{ m.content.nonsense() }}{% endif %}{% endfor %}"),
                Limits.DEFAULTS,
                () -> nanos.getAndAdd(100_000_000));
        Message hello = new Message("user", "secret");
        assertEquals(
                "messages: the chat template ran longer than 500 ms",
                rejection(slow.render(new Prompt.Chat(List.of(hello, hello, hello))))
                        .message());

        ChatTemplate endless = ChatTemplateTest.template(
                "{% if messages[0].role == 'bad' %}{{ messages[0].content.nonsense() }}{% endif %}"
                        + "{% for m in messages %}{{ m.content }}{% endfor %}",
                Limits.DEFAULTS);
        Message large = new Message("user", "s".repeat(Limits.DEFAULTS.maxTemplateOutput() + 1));
        assertEquals(
                "messages: the chat template wrote more than 1048576 characters",
                rejection(endless.render(new Prompt.Chat(List.of(large)))).message());
        assertEquals(
                "messages: the chat template cannot lay them out",
                rejection(endless.render(new Prompt.Chat(List.of(new Message("bad", "secret")))))
                        .message());
        assertEquals(
                "messages",
                rejection(endless.render(new Prompt.Chat(List.of(large)))).field());
    }

    private static String run(String source, BooleanSupplier late) {
        Node template = SANDBOX.parse(source);
        return SANDBOX.render(Map.of("messages", List.of(Map.of("role", "user", "content", "x"))), late)
                .run(template);
    }

    private static Rejection rejection(Outcome<String> outcome) {
        return assertInstanceOf(Outcome.Refused.class, outcome).rejection();
    }
}
