package io.millrace.verticles.testing;

import io.millrace.verticles.app.Node;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A whole node, on free ports, whose model counts: see {@link CountingProvider}. */
public final class CountingNode implements AutoCloseable {
    private final List<CountingStage> stages;
    public final CountingStage stage;
    public final Node node;

    /**
     * @param name     of the model, another for every test that runs beside this one
     * @param settings by key, as in {@code conf/millrace.yaml}
     */
    public CountingNode(String name, CountingStage stage, Map<String, String> settings) throws Exception {
        this(name, List.of(stage), settings);
    }

    /** @param replicas one stage, or two, each of which is the model of a replica */
    public CountingNode(String name, List<CountingStage> replicas, Map<String, String> settings) throws Exception {
        this.stages = replicas;
        this.stage = replicas.getFirst();
        CountingProvider.serve("random:" + name, stage, replicas.getLast());
        Map<String, String> all = new HashMap<>(settings);
        all.put("device", replicas.size() == 1 ? CountingProvider.DEVICE : CountingProvider.TWO_DEVICES);
        all.put("replicas", Integer.toString(replicas.size()));
        all.put("model", "random:" + name);
        node = RealNode.await(Node.start(RealNode.config(all), Path.of("random:" + name)));
    }

    @Override
    public void close() {
        stages.forEach(each -> each.allow(CountingStage.UNLIMITED));
        TestReplica.await(node.close());
    }
}
