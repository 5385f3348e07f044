package io.millrace.arch.probe.verticles;

/** What a client may not know. */
public interface Server {}
