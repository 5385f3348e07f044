package io.millrace.verticles.batching;

import static io.millrace.verticles.testing.TestReplica.request;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.Limits;
import io.millrace.verticles.testing.CountingStage;
import io.millrace.verticles.testing.Reader;
import io.millrace.verticles.testing.TestReplica;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepEventTest {
    @TempDir
    private Path folder;

    @Test
    void aFlightRecordingHoldsEveryStepOfAStream() throws Exception {
        List<RecordedEvent> steps;
        try (Recording recording = new Recording();
                TestReplica replica = new TestReplica(Limits.DEFAULTS, new CountingStage(CountingStage.UNLIMITED))) {
            recording.enable("io.millrace.Step");
            recording.start();
            new Reader(replica).generate(request(300, 4)).awaitEnd();
            recording.stop();
            Path file = folder.resolve("steps.jfr");
            recording.dump(file);
            steps = RecordingFile.readAllEvents(file);
        }
        assertEquals(300, sum(steps, "promptTokens"));
        assertEquals(3, sum(steps, "decodeTokens"), "the fourth token is nobody's input");
        assertEquals(steps.size(), sum(steps, "batchSize"));
        assertTrue(steps.stream().allMatch(step -> step.getInt("blocksUsed") == 2), steps::toString);
        assertTrue(steps.stream().allMatch(step -> step.getDuration().isPositive()), steps::toString);
    }

    private static int sum(List<RecordedEvent> steps, String field) {
        return steps.stream().mapToInt(step -> step.getInt(field)).sum();
    }
}
