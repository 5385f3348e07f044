package io.millrace.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.TokenizerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final Message SYSTEM = new Message("system", "Be brief.");
    private static final Message USER = new Message("user", " Hi\n");
    private static final Message ASSISTANT = new Message("assistant", "<think>hm</think>Hello");

    @Test
    void theDefaultModelsOwnTemplateAddsItsSystemMessageWhereThereIsNone() {
        ChatTemplate template = ChatTemplate.of(Specs.smolLm2(), Limits.DEFAULTS, () -> 0);
        assertEquals(
                "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
                        + "<|im_start|>user\n Hi\n<|im_end|>\n<|im_start|>assistant\n",
                text(template.render(new Prompt.Chat(List.of(USER)))));
        assertEquals(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi\n<|im_end|>\n<|im_start|>assistant\n",
                text(template.render(new Prompt.Chat(List.of(SYSTEM, USER)))));
    }

    @Test
    void aFileWithoutATemplateGetsChatMlWhereItKnowsItsMarks() {
        ChatTemplate template = ChatTemplate.of(Specs.bytes("gpt-2", false, "<|im_start |>"), Limits.DEFAULTS, () -> 0);
        assertEquals(
                "<|im_start|>user\n Hi\n<|im_end|>\n<|im_start|>assistant\n",
                text(template.render(new Prompt.Chat(List.of(USER)))));
    }

    @Test
    void aModelThatWasNotTrainedToChatReadsTheTextAlone() {
        ChatTemplate template = ChatTemplate.of(Specs.bytes("gpt-2", false), Limits.DEFAULTS, () -> 0);
        assertEquals("Be brief.\n Hi\n\n", text(template.render(new Prompt.Chat(List.of(SYSTEM, USER)))));
    }

    @Test
    void aTemplateLikeQwens() {
        String source = """
                {%- if tools %}
                    {{- '<tools>' }}
                    {%- for tool in tools %}
                        {{- "\\n" }}
                        {{- tool | tojson }}
                    {%- endfor %}
                {%- else %}
                    {%- if messages[0]['role'] == 'system' %}
                        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
                    {%- else %}
                        {{- '<|im_start|>system\\nYou are Qwen.<|im_end|>\\n' }}
                    {%- endif %}
                {%- endif %}
                {%- for message in messages %}
                    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
                        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
                    {%- elif message.role == "tool" %}
                        {{- '<tool_response>' + message.content }}
                    {%- endif %}
                {%- endfor %}
                {%- if add_generation_prompt %}
                    {{- '<|im_start|>assistant\\n' }}
                {%- endif %}
                """;
        assertEquals(
                "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi\n<|im_end|>\n<|im_start|>assistant\n",
                rendered(source, SYSTEM, USER));
        assertEquals(
                "<|im_start|>system\nYou are Qwen.<|im_end|>\n<|im_start|>user\n Hi\n<|im_end|>\n<|im_start|>assistant\n",
                rendered(source, USER));
    }

    @Test
    void aTemplateLikeLlama3s() {
        String source = """
                {{- bos_token }}
                {%- if not date_string is defined %}
                    {%- if strftime_now is defined %}
                        {%- set date_string = strftime_now("%d %b %Y") %}
                    {%- else %}
                        {%- set date_string = "26 Jul 2024" %}
                    {%- endif %}
                {%- endif %}
                {%- if not tools is defined %}
                    {%- set tools = none %}
                {%- endif %}
                {%- if messages[0]['role'] == 'system' %}
                    {%- set system_message = messages[0]['content']|trim %}
                    {%- set messages = messages[1:] %}
                {%- else %}
                    {%- set system_message = "" %}
                {%- endif %}
                {{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
                {%- if tools is not none %}
                    {{- "Environment: ipython\\n" }}
                {%- endif %}
                {{- "Today Date: " + date_string + "\\n\\n" }}
                {{- system_message }}
                {{- "<|eot_id|>" }}
                {%- for message in messages %}
                    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
                        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
                    {%- endif %}
                {%- endfor %}
                {%- if add_generation_prompt %}
                    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
                {%- endif %}
                """;
        assertEquals(
                "<s><|start_header_id|>system<|end_header_id|>\n\nToday Date: 26 Jul 2024\n\nBe brief.<|eot_id|>"
                        + "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
                        + "<|start_header_id|>assistant<|end_header_id|>\n\n",
                rendered(source, SYSTEM, USER));
    }

    @Test
    void aTemplateLikeGemmas() {
        String source = """
                {{ bos_token }}
                {%- if messages[0]['role'] == 'system' -%}
                    {%- set first_user_prefix = messages[0]['content'] + '\\n\\n' -%}
                    {%- set loop_messages = messages[1:] -%}
                {%- else -%}
                    {%- set first_user_prefix = "" -%}
                    {%- set loop_messages = messages -%}
                {%- endif -%}
                {%- for message in loop_messages -%}
                    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
                        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
                    {%- endif -%}
                    {%- if (message['role'] == 'assistant') -%}
                        {%- set role = "model" -%}
                    {%- else -%}
                        {%- set role = message['role'] -%}
                    {%- endif -%}
                    {{ '<start_of_turn>' + role + '\\n' + (first_user_prefix if loop.first else "") }}
                    {%- if message['content'] is string -%}
                        {{ message['content'] | trim }}
                    {%- elif message['content'] is iterable -%}
                        {%- for item in message['content'] -%}{{ item['text'] | trim }}{%- endfor -%}
                    {%- else -%}
                        {{ raise_exception("Invalid content type") }}
                    {%- endif -%}
                    {{ '<end_of_turn>\\n' }}
                {%- endfor -%}
                {%- if add_generation_prompt -%}
                    {{'<start_of_turn>model\\n'}}
                {%- endif -%}
                """;
        assertEquals(
                "<s><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n<start_of_turn>model\n"
                        + "<think>hm</think>Hello<end_of_turn>\n<start_of_turn>model\n",
                rendered(source, SYSTEM, USER, ASSISTANT));
        assertEquals(
                "messages: the chat template refuses them:"
                        + " Conversation roles must alternate user/assistant/user/assistant/...",
                refused(source, Limits.DEFAULTS, USER, USER));
    }

    @Test
    void aTemplateLikeDeepSeeks() {
        String source =
                "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}"
                        + "{% set ns = namespace(is_first=false, is_tool=false, system_prompt='') %}"
                        + "{%- for message in messages %}{%- if message['role'] == 'system' %}"
                        + "{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}"
                        + "{{bos_token}}{{ns.system_prompt}}"
                        + "{%- for message in messages %}"
                        + "{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<｜User｜>' + message['content']}}"
                        + "{%- endif %}"
                        + "{%- if message['role'] == 'assistant' and message['content'] is not none %}"
                        + "{% set content = message['content'] %}"
                        + "{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}"
                        + "{{'<｜Assistant｜>' + content + eos_token}}{%- endif %}{%- endfor -%}"
                        + "{% if ns.is_tool %}{{'<｜tool▁outputs▁end｜>'}}{% endif %}"
                        + "{% if add_generation_prompt and not ns.is_tool %}{{'<｜Assistant｜>'}}{% endif %}";
        assertEquals(
                "<s>Be brief.<｜User｜> Hi\n<｜Assistant｜>Hello</s><｜User｜> Hi\n<｜Assistant｜>",
                rendered(source, SYSTEM, USER, ASSISTANT, USER));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '§',
            value = {
                "{{ 'a\\tb\\'c' }} § a\tb'c",
                "{{ ' x\u00a0\u3000'.strip() }}| § x|",
                "{{ ' x\u00a0\u3000' | trim }}| § x|",
                "{{ 'xxaxx'.lstrip('x') }} {{ 'xxaxx'.rstrip('x') }} § axx xxa",
                "{{ 'a,b,,'.split(',') | length }} {{ ' a  b '.split() | length }} {{ 'a,b,c'.split(',', 1)[1] }} § 4 2 b,c",
                "{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith('x') }} {{ 'abc'[0] }} {{ 'abc'[-1] }} {{ 'abc'[:2] }} § true false a c ab",
                "{{ 'hello world'.title() }} {{ 'HELLO'.capitalize() }} {{ 'a'.upper() }} {{ 'a-b'.replace('-', '+') }} § Hello World Hello A a+b",
                "{{ 'abc'.find('c') }} {{ 'aXbX'.count('X') }} § 2 2",
                "{{ messages[-1].role }} {{ messages[0].get('name', 'none') }} {{ messages | map(attribute='role') | join(',') }} § user none user",
                "{% for key, value in {'a': 1}.items() %}{{ key }}={{ value }}{% endfor %} § a=1",
                "{{ {'a': [1, 'é\"'], 'b': true} | tojson }} § {\"a\": [1, \"é\\\"\"], \"b\": true}",
                "{{ messages | selectattr('role', 'equalto', 'user') | list | length }} § 1",
                "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice('a') }} § aa",
                "{% set x %}block{% endset %}{{ x }} § block",
                "{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %} § 02",
                "{{ loop is defined }} {{ missing }}{{ messages[0].missing }} {{ 7 // 2 }} {{ 1 ~ 'a' }} § false  3 1a",
                "{% raw %}{{ x }}{% endraw %} § {{ x }}"
            })
    void constructsOfPythonAndJinjaAreUnderstood(String source, String expected) {
        assertEquals(expected, rendered(source, new Message("user", "x")));
    }

    @Test
    void blocksTakeTheirLineWithThemAndTheLastLineEndIsDropped() {
        assertEquals("a\n  b\nc", rendered("a\n  {% if true %}\n  b\n  {% endif %}\n  {# note #}\nc\n", USER));
        assertEquals("x\n", rendered("{{ 'x\\n' }}\n", USER));
    }

    @Test
    void whatAMessageSaysIsNeverRunAsATemplate() {
        assertEquals(
                "{{ 1 + 1 }}{% if %}{# x #}",
                rendered("{{ messages[0].content }}", new Message("user", "{{ 1 + 1 }}{% if %}{# x #}")));
    }

    @Test
    void manyThreadsMayRenderOneTemplate() throws Exception {
        ChatTemplate template = ChatTemplate.of(Specs.smolLm2(), Limits.DEFAULTS, () -> 0);
        List<Callable<String>> tasks = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            Message message = new Message("user", "message " + i);
            tasks.add(() -> text(template.render(new Prompt.Chat(List.of(SYSTEM, message)))));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<String>> results = threads.invokeAll(tasks);
            for (int i = 0; i < results.size(); i++) {
                assertTrue(results.get(i).get().contains("<|im_start|>user\nmessage " + i + "<|im_end|>"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}",
                "{% if %}",
                "{% for m in messages %}",
                "{% generation %}{% endgeneration %}",
                "{{ messages[::-1] }}",
                "{{ 'a'.nonsense() }}",
                "{{ 'a' | nonsense }}"
            })
    void aTemplateThatCannotBeRunIsRefusedWhenItIsLoaded(String source) {
        String message = assertThrows(IllegalArgumentException.class, () -> template(source, Limits.DEFAULTS))
                .getMessage();
        assertTrue(message.startsWith("chat template: "), message);
    }

    static ChatTemplate template(String source, Limits limits) {
        TokenizerSpec spec = Specs.withTemplate(Specs.bytes("gpt-2", false), source);
        return ChatTemplate.of(spec, limits, () -> 0);
    }

    private static String rendered(String source, Message... messages) {
        return text(template(source, Limits.DEFAULTS).render(new Prompt.Chat(List.of(messages))));
    }

    private static String refused(String source, Limits limits, Message... messages) {
        return assertInstanceOf(
                        Outcome.Refused.class, template(source, limits).render(new Prompt.Chat(List.of(messages))))
                .rejection()
                .message();
    }

    private static String text(Outcome<String> outcome) {
        return (String) assertInstanceOf(Outcome.Done.class, outcome).value();
    }
}
