package io.millrace.ort;

import io.millrace.engine.ModelProbe.LogitSink;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How stages are to be put together beside what serving asks for.
 *
 * @param profiles folder that sessions write the times of their nodes to
 * @param logits   who sees the logits of every token, in the place of sampling
 */
record StageSetup(Optional<Path> profiles, Optional<LogitSink> logits) {
    static final StageSetup SERVING = new StageSetup(Optional.empty(), Optional.empty());
}
