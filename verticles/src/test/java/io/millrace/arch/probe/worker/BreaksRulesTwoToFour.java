package io.millrace.arch.probe.worker;

import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.JsonNode;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.http.HttpServer;
import org.jgroups.JChannel;

/** What only other packages may touch, and what nobody may. */
interface BreaksRulesTwoToFour {
    OrtSession session();

    HttpServer server();

    JsonNode json();

    PlatformDependent internal();

    JChannel members();
}
