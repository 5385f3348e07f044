package io.millrace.verticles.testing;

import io.millrace.verticles.app.Node;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A whole node, on free ports, whose model counts: see {@link CountingProvider}. */
public final class CountingNode implements AutoCloseable {
    public final CountingStage stage;
    public final Node node;

    /**
     * @param name     of the model, another for every test that runs beside this one
     * @param settings by key, as in {@code conf/millrace.yaml}
     */
    public CountingNode(String name, CountingStage stage, Map<String, String> settings) throws Exception {
        this.stage = stage;
        CountingProvider.serve("random:" + name, stage);
        Map<String, String> all = new HashMap<>(settings);
        all.put("device", CountingProvider.DEVICE);
        all.put("model", "random:" + name);
        node = RealNode.await(Node.start(RealNode.config(all), Path.of("random:" + name)));
    }

    @Override
    public void close() {
        stage.allow(CountingStage.UNLIMITED);
        TestReplica.await(node.close());
    }
}
