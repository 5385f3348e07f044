package io.millrace.arch.probe.one;

import io.millrace.arch.probe.two.Two;

/** Half of a cycle. */
public interface One {
    Two two();
}
