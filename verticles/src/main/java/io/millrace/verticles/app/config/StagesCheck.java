package io.millrace.verticles.app.config;

/** What must hold between the settings of a model on several nodes. */
final class StagesCheck {
    private static final int MOST_NODES = 255;

    private StagesCheck() {}

    /** @throws ConfigException for the first rule that does not hold */
    static void check(NodeConfig config) {
        if (config.stages().list().isEmpty()) {
            return;
        }
        if (config.stages().list().size() > MOST_NODES) {
            throw new ConfigException("stages.nodes: " + config.stages().list().size() + " is more than " + MOST_NODES);
        }
        config.stages().list().forEach(node -> ClusterCheck.requireHostAndPort("stages.nodes", node));
        if (config.replicas() != 1) {
            throw new ConfigException("replicas: " + config.replicas()
                    + " are whole models in one process; with stages.nodes this one has a part of one");
        }
        if (config.shards() != 1) {
            throw new ConfigException("shards: " + config.shards()
                    + " cuts the layers of one machine; with stages.nodes" + " each node has one stage");
        }
        ClusterCheck.requireKeys(config.cluster());
    }
}
