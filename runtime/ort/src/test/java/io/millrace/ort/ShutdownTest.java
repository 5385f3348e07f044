package io.millrace.ort;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.engine.LoadedModel;
import io.millrace.engine.StepException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ShutdownTest {
    private static final int DRAINED = 42;

    @Test
    void aNodeCanDrainInAShutdownHook() throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Draining.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(child.getInputStream().readAllBytes());
        child.waitFor(1, TimeUnit.MINUTES);
        assertEquals(DRAINED, child.exitValue(), output);
    }

    /** Exits with steps still to run: in a hook, as a node does. */
    static final class Draining {
        public static void main(String[] arguments) throws Exception {
            Path path = TinyModel.write(Path.of("target", "tiny"), 8);
            LoadedModel model = TestModel.load(path, 1, TestModel.limits(2, 64, 64));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(model)));
            System.exit(1);
        }

        private static void drain(LoadedModel model) {
            try {
                Steps steps = new Steps(model);
                for (int i = 0; i < 2000; i++) {
                    steps.run(Steps.slice(0, 0, 1, 2, 3));
                }
                model.close();
                Runtime.getRuntime().halt(DRAINED);
            } catch (StepException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
