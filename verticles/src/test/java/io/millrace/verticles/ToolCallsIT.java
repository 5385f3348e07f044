package io.millrace.verticles;

import io.millrace.verticles.app.Node;
import io.millrace.verticles.testing.CountingProvider;
import io.millrace.verticles.testing.PythonClients;
import io.millrace.verticles.testing.PythonEnvironment;
import io.millrace.verticles.testing.RealNode;
import io.millrace.verticles.testing.ScriptedText;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The OpenAI SDK offers tools to models whose answers are written here: the small one that tests have knows none. */
class ToolCallsIT {
    /** Says what a template of Qwen's says of tools, shortly. */
    private static final String KNOWS_TOOLS = "{% if tools %}{{ tools | tojson }} <tool_call>{% endif %}"
            + "{% for m in messages %}{{ m.role + ': ' + m.content }}"
            + "{% for c in m.tool_calls %}{{ c.function.name + (c.function.arguments | tojson) }}{% endfor %}{% endfor %}";

    private static final String CALLS = "I will look.\n"
            + "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Zürich\", \"days\": 2}}\n</tool_call>\n"
            + "<tool_call>\n{\"name\": \"time\", \"arguments\": {}}\n</tool_call>";

    @Test
    void theOpenAiSdkIsAnsweredWithToolCallsAndSendsTheirResults() throws Exception {
        run("calls", CALLS, KNOWS_TOOLS);
    }

    @Test
    void whatIsNoToolCallStaysText() throws Exception {
        run("text", "<tool_call>{\"name\": \"weather\"", KNOWS_TOOLS);
    }

    @Test
    void aModelThatKnowsNoToolsRefusesThem() throws Exception {
        run("unknown", "Hello", "{% for m in messages %}{{ m.content }}{% endfor %}");
    }

    private static void run(String scenario, String answer, String template) throws Exception {
        PythonEnvironment.create();
        String model = "random:tools-" + scenario;
        CountingProvider.serve(model, new ScriptedText(answer), template);
        Map<String, String> settings = Map.of("device", CountingProvider.DEVICE, "model", model);
        Node node = RealNode.await(Node.start(RealNode.config(settings), Path.of(model)));
        try {
            new PythonClients(node).openAiTools(scenario).assertSucceeded();
        } finally {
            RealNode.await(node.close());
        }
    }
}
