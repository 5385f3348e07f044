package io.millrace.verticles.app;

import io.millrace.engine.NumaPlacement;
import io.millrace.verticles.app.config.NodeConfig;
import java.io.IOException;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The NUMA node that a configuration asks for. */
final class Numa {
    private static final Logger LOG = LoggerFactory.getLogger(Numa.class);

    private Numa() {}

    /** Called by the main thread before it starts any that computes: they all come from it, and inherit where it runs. */
    static void place(NodeConfig config) throws IOException {
        if (config.numa().equals("off")) {
            return;
        }
        NumaPlacement placement = ServiceLoader.load(NumaPlacement.class)
                .findFirst()
                .orElseThrow(() -> new IOException("numa: nothing on the class path can pin threads"));
        String done = placement.place(config.numa());
        LOG.info("{}", done);
    }
}
