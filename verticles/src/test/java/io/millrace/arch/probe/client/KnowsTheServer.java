package io.millrace.arch.probe.client;

import io.millrace.arch.probe.verticles.Server;

/** A client that could not run without the server. */
interface KnowsTheServer {
    Server server();
}
