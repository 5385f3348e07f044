package io.millrace.verticles.deploy;

import io.millrace.verticles.testing.ExternalProgram;
import org.junit.jupiter.api.Test;

/** The link of {@code loadtest/relay} that delays and loses packets; its tests between two hosts need root. */
class LossyLinkTest {

    @Test
    void theLinkLosesWhatItsSeedSaysAndNothingElse() throws Exception {
        ExternalProgram.run("python3", "../loadtest/relay/relay_test.py").assertSucceeded();
    }
}
