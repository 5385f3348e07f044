package io.millrace.verticles.deploy;

import io.millrace.verticles.testing.ExternalProgram;
import org.junit.jupiter.api.Test;

/** The chart in {@code deploy/helm}, rendered by Helm's own engine and read strictly into Kubernetes' own types. */
class HelmChartTest {

    @Test
    void everyVariantOfTheChartIsWhatKubernetesReads() throws Exception {
        String go = Installed.program("go");
        ExternalProgram.run(go, "-C", "../deploy/helm/check", "test", "./...").assertSucceeded();
    }
}
