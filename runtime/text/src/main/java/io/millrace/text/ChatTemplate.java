package io.millrace.text;

import com.hubspot.jinjava.tree.Node;
import io.millrace.api.Limits;
import io.millrace.api.Message;
import io.millrace.api.Prompt;
import io.millrace.api.TokenizerSpec;
import io.millrace.api.Tool;
import io.millrace.api.ToolCall;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/**
 * Lays the turns of a chat out as the model was trained to read them: the Jinja template in the model's file, under
 * Hugging Face's conventions ({@code messages}, {@code tools}, {@code add_generation_prompt}, {@code bos_token}, {@code eos_token},
 * {@code raise_exception}, trimmed blocks). Read once; safe for all threads.
 *
 * <p>A render ends at {@code Limits.maxTemplateOutput} characters and at {@code Limits.templateTimeout}, which is looked
 * at before each node of the template: the calling thread needs nobody to stop it.
 */
public final class ChatTemplate {

    private static final String CHATML_TOKEN = "<|im_start|>";

    /** The layout of ChatML, for files without a template of their own whose vocabulary has its marks. */
    static final String CHATML = "{% for message in messages %}"
            + "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
            + "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    /** For the others: such a model goes on with text, and marks that it does not know would lead it astray. */
    static final String PLAIN = "{% for message in messages %}{{ message['content'] + '\\n' }}{% endfor %}";

    /** Jinja's filtered loop. Jinjava takes the condition for a part of the list and renders nothing at all. */
    private static final Pattern FILTERED_LOOP = Pattern.compile("\\{%[-+]?\\s*for\\s[^%]*\\sin\\s[^%]*\\sif\\s");

    /** The variable {@code tools} in a tag or an expression. */
    private static final Pattern TOOLS = Pattern.compile("\\{[%{][^}]*\\btools\\b");

    /** How Hermes, Qwen and their kin are told to write a call, and the only form that is looked for in the output. */
    private static final String TOOL_CALL = "<tool_call>";

    private final TemplateSandbox sandbox;
    private final Node template;
    private final boolean knowsTools;
    private final Limits limits;
    private final LongSupplier nanoTime;
    private final String bosToken;
    private final String eosToken;

    private ChatTemplate(
            TemplateSandbox sandbox,
            Node template,
            boolean knowsTools,
            TokenizerSpec spec,
            Limits limits,
            LongSupplier nanoTime) {
        this.sandbox = sandbox;
        this.template = template;
        this.knowsTools = knowsTools;
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.bosToken = token(spec, spec.bosId());
        this.eosToken = token(spec, spec.eosId());
    }

    /**
     * Reads the template and tries it on a small chat, so that a template this program cannot run is known when the
     * model is loaded, and the first request does not pay for loading Jinjava.
     *
     * @param nanoTime as {@link System#nanoTime()}
     * @throws IllegalArgumentException where the template is broken or uses what is not supported
     */
    public static ChatTemplate of(TokenizerSpec spec, Limits limits, LongSupplier nanoTime) {
        String source = spec.chatTemplate().orElse(spec.tokens().contains(CHATML_TOKEN) ? CHATML : PLAIN);
        if (FILTERED_LOOP.matcher(source).find()) {
            throw new IllegalArgumentException(
                    "chat template: a loop with a condition (for … in … if) is not supported");
        }
        TemplateSandbox sandbox = new TemplateSandbox(limits.maxTemplateOutput());
        // Jinja drops one line end at the end of a template.
        String trimmed = source.endsWith("\n") ? source.substring(0, source.length() - 1) : source;
        Node template = sandbox.parse(NotPrecedence.bind(trimmed));
        boolean knowsTools = TOOLS.matcher(source).find() && source.contains(TOOL_CALL);
        ChatTemplate chat = new ChatTemplate(sandbox, template, knowsTools, spec, limits, nanoTime);
        chat.tryOut();
        return chat;
    }

    /** The prompt up to where the assistant's answer begins; a refusal names {@code messages} or {@code tools}. */
    public Outcome<String> render(Prompt.Chat chat) {
        if (chat.aboutTools() && !knowsTools) {
            String field = chat.tools().isEmpty() ? "messages" : "tools";
            return Outcome.refused(
                    field,
                    field + ": the model's chat template knows no tools, or none whose calls it has in " + TOOL_CALL);
        }
        long start = nanoTime.getAsLong();
        long allowed = limits.templateTimeout().toNanos();
        BoundedRender render = sandbox.render(variables(chat), () -> nanoTime.getAsLong() - start > allowed);
        try {
            return new Outcome.Done<>(render.run(template));
        } catch (RuntimeException e) {
            return Outcome.refused("messages", "messages: " + reason(e));
        }
    }

    private void tryOut() {
        try {
            sandbox.render(variables(new Prompt.Chat(List.of(new Message("user", "Hello")))), () -> false)
                    .run(template);
        } catch (RuntimeException e) {
            if (TemplateRaised.messageIn(e).isEmpty()) {
                throw new IllegalArgumentException("chat template: " + e.getMessage(), e);
            }
        }
    }

    /** Never the library's own words: they can quote the messages. */
    private String reason(RuntimeException e) {
        if (BoundedRender.ranOutOfTime(e)) {
            return "the chat template ran longer than "
                    + limits.templateTimeout().toMillis() + " ms";
        }
        if (BoundedRender.wroteTooMuch(e)) {
            return "the chat template wrote more than " + limits.maxTemplateOutput() + " characters";
        }
        return TemplateRaised.messageIn(e)
                .map("the chat template refuses them: "::concat)
                .orElse("the chat template cannot lay them out");
    }

    private Map<String, Object> variables(Prompt.Chat chat) {
        List<Map<String, Object>> turns =
                chat.messages().stream().map(ChatTemplate::turn).toList();
        Map<String, Object> variables = new HashMap<>(
                Map.of("messages", turns, "add_generation_prompt", true, "bos_token", bosToken, "eos_token", eosToken));
        if (!chat.tools().isEmpty()) {
            variables.put("tools", chat.tools().stream().map(Tool::definition).toList());
        }
        return variables;
    }

    private static Map<String, Object> turn(Message message) {
        Map<String, Object> turn = new HashMap<>(Map.of("role", message.role(), "content", message.content()));
        if (!message.toolCalls().isEmpty()) {
            turn.put(
                    "tool_calls",
                    message.toolCalls().stream().map(ChatTemplate::call).toList());
        }
        if (!message.toolCallId().isEmpty()) {
            turn.put("tool_call_id", message.toolCallId());
        }
        return turn;
    }

    private static Map<String, Object> call(ToolCall call) {
        return Map.of(
                "id",
                call.id(),
                "type",
                "function",
                "function",
                Map.of("name", call.name(), "arguments", call.arguments()));
    }

    private static String token(TokenizerSpec spec, int id) {
        return id < 0 ? "" : spec.tokens().get(id);
    }
}
