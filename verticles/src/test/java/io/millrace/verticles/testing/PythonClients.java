package io.millrace.verticles.testing;

import io.millrace.verticles.app.Node;
import java.util.ArrayList;
import java.util.List;

/** The scripts in {@code src/test/python}, pointed at one node. */
public record PythonClients(Node node) {

    public ExternalProgram.Result openAi(String... more) throws Exception {
        return run("openai_client.py", List.of("http://127.0.0.1:" + node.httpPort() + "/v1"), more);
    }

    public ExternalProgram.Result openAiTools(String scenario) throws Exception {
        return run("openai_tools.py", List.of("http://127.0.0.1:" + node.httpPort() + "/v1", scenario));
    }

    /** @param host localhost or 127.0.0.1: the certificate has both */
    public ExternalProgram.Result quic(String host, String... more) throws Exception {
        String certificate = node.certificatePem().toString();
        return run("quic_client.py", List.of(host, String.valueOf(node.quicPort()), "--ca", certificate), more);
    }

    public ExternalProgram.Result webSocket(String... more) throws Exception {
        return run("ws_client.py", List.of("127.0.0.1", String.valueOf(node.httpPort())), more);
    }

    public ExternalProgram.Result grpc(String... more) throws Exception {
        return run("grpc_client.py", List.of("127.0.0.1", String.valueOf(node.httpPort())), more);
    }

    private static ExternalProgram.Result run(String script, List<String> arguments, String... more) throws Exception {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of(more));
        return PythonEnvironment.run(script, all);
    }
}
