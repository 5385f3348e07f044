package io.millrace.verticles.ingress;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;

/** The API key of an {@code Authorization: Bearer} header (RFC 6750). */
public final class BearerKey {
    private static final String SCHEME = "Bearer ";

    private BearerKey() {}

    /** Empty where there is none. */
    public static String of(MultiMap headers) {
        String header = headers.get(HttpHeaders.AUTHORIZATION);
        boolean bearer = header != null && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
        return bearer ? header.substring(SCHEME.length()).strip() : "";
    }
}
