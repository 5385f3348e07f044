package io.millrace.verticles.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.engine.LoadedModel;
import io.millrace.engine.ModelRunnerProvider;
import io.millrace.verticles.app.config.NodeConfig;
import io.millrace.verticles.testing.RealNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunnersTest {
    private static final NodeConfig AUTO = RealNode.config(Map.of("device", "auto"));
    private static final Named CPU = new Named("cpu", Optional.of("cpu"));

    @Test
    void autoIsAGpuWhereThereIsOneAndElseTheCpu() {
        Named gpu = new Named("cuda:0", Optional.of("cuda:0"));
        assertEquals("cuda:0", new Runners(List.of(gpu, CPU)).placed(AUTO).device());
        Named gone = new Named("cuda:0", Optional.empty());
        assertEquals("cpu", new Runners(List.of(gone, CPU)).placed(AUTO).device());
    }

    @Test
    void aDeviceThatIsNamedIsTaken() throws IOException {
        NodeConfig named = RealNode.config(Map.of("device", "cuda:3"));
        assertSame(named, new Runners(List.of(CPU)).placed(named));
        assertSame(CPU, new Runners(List.of(new Named("cuda:3", Optional.empty()), CPU)).on("cpu"));
        assertThrows(IOException.class, () -> new Runners(List.of(CPU)).on("cuda:3"));
    }

    private record Named(String device, Optional<String> automatic) implements ModelRunnerProvider {
        @Override
        public boolean runsOn(String wanted) {
            return wanted.equals(device);
        }

        @Override
        public LoadedModel load(LoadOptions options) {
            throw new AssertionError("nothing is loaded here");
        }
    }
}
