package io.millrace.ort.paged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ort.TestModel;
import io.millrace.ort.cuda.CudaSupport;
import io.millrace.ort.cuda.CudaSupport.Diagnosis;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MissingGpuTest {
    private String reason;

    /** Keeps what is logged. */
    private static final class Records extends Handler {
        private final List<LogRecord> all = new ArrayList<>();

        @Override
        public void publish(LogRecord record) {
            all.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    @BeforeEach
    void hasNone() {
        assumeTrue(
                CudaSupport.diagnose(0) instanceof Diagnosis.Missing, "this machine has a GPU, and the build for it");
        reason = ((Diagnosis.Missing) CudaSupport.diagnose(0)).reason();
    }

    @Test
    void autoLeavesTheModelToTheCpuWithOneWarningThatSaysWhy() {
        Logger logger = Logger.getLogger(CudaRankDevices.class.getName());
        Records records = new Records();
        logger.addHandler(records);
        try {
            assertEquals(Optional.empty(), new PagedRunnerProvider().automatic());
        } finally {
            logger.removeHandler(records);
        }
        assertEquals(1, records.all.size());
        assertEquals(Level.WARNING, records.all.getFirst().getLevel());
        assertTrue(records.all.getFirst().getMessage().contains(reason));
    }

    @Test
    void aGpuThatIsNamedIsRefusedWithWhatIsMissing() {
        IOException refused = assertThrows(
                IOException.class,
                () -> new PagedRunnerProvider()
                        .load(HostModels.options(
                                TestModel.smolLm2(), "cuda:0", 1, 1, HostModels.limits(1, 256, 256, 256))));
        assertEquals("device cuda:0: " + reason, refused.getMessage());
    }
}
