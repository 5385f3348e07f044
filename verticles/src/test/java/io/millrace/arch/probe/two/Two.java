package io.millrace.arch.probe.two;

import io.millrace.arch.probe.one.One;

/** The other half. */
public interface Two {
    One one();
}
