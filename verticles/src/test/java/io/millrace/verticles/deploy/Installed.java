package io.millrace.verticles.deploy;

import io.millrace.verticles.testing.ExternalProgram;
import org.junit.jupiter.api.Assumptions;

/** Programs of operators, not of this build: a test that drives one is skipped where it is missing. {@code .ci/run} installs them. */
final class Installed {
    private Installed() {}

    /** Its path. */
    static String program(String name) throws Exception {
        ExternalProgram.Result found =
                ExternalProgram.run("sh", "-c", "PATH=$PATH:/usr/sbin:/usr/local/go/bin command -v " + name);
        Assumptions.assumeTrue(found.exitCode() == 0, name + " is not installed");
        return found.output().strip();
    }
}
