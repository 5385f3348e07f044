package io.millrace.verticles.ingress;

import io.millrace.verticles.stream.Streams;
import java.util.Optional;

/** Who may come in. */
@FunctionalInterface
public interface ApiKeys {
    /** No keys are configured: everybody may, and the application listens on loopback only. */
    ApiKeys OPEN = key -> Optional.of(Streams.ANYBODY);

    /** The tenant that a key belongs to; empty where it belongs to none. An empty key is one that was not sent. */
    Optional<String> tenantOf(String key);
}
