package io.millrace.ort;

import ai.onnxruntime.OrtException;
import io.millrace.engine.ModelProbe;
import io.millrace.engine.ModelRunnerProvider.LoadOptions;
import io.millrace.ort.linux.FreedMemory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Measures models on the CPU. */
public final class CpuProbe implements ModelProbe {
    @Override
    public boolean runsOn(String device) {
        return new CpuRunnerProvider().runsOn(device);
    }

    @Override
    public void releaseMemory() {
        FreedMemory.release();
    }

    @Override
    public Probed scored(LoadOptions options, LogitSink sink) throws IOException {
        return CpuRunnerProvider.load(options, new StageSetup(Optional.empty(), Optional.of(sink)));
    }

    @Override
    public Probed profiled(LoadOptions options, Path folder) throws IOException {
        return CpuRunnerProvider.load(options, new StageSetup(Optional.of(folder), Optional.empty()));
    }

    @Override
    public Peaks peaks(int threads) throws IOException, InterruptedException {
        try {
            return CpuPeaks.measure(threads);
        } catch (OrtException e) {
            throw new IOException("this machine cannot be measured: " + e.getMessage(), e);
        }
    }
}
