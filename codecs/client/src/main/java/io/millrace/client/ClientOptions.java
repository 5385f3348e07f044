package io.millrace.client;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * How a client connects and how long it tries.
 *
 * @param apiKey         sent with every generation; empty sends none
 * @param trust          which server certificates are taken, for {@code quic}, {@code wss} and {@code grpcs}
 * @param connectTimeout how long one attempt to connect may take; then it counts as failed
 * @param idleTimeout    how long a connection with open streams may bring nothing; then it counts as lost
 * @param failoverTimeout most of the two timeouts where the client was given several servers: with another one to go on at, less
 *                       patience is right. QUIC notices a killed server by silence alone. A connection without streams
 *                       is closed after this time, too, and made again when there are some
 * @param maxAttempts    attempts in a row, after the first, that bring no new event; then the stream fails
 * @param firstDelay     wait before the first new attempt; doubles with each, up to {@code maxDelay}
 * @param jitterSeed     each wait is drawn from its upper half, by this seed
 * @param maxFrameBytes  one frame of the server; a larger one fails the stream
 */
public record ClientOptions(
        String apiKey,
        Trust trust,
        Duration connectTimeout,
        Duration idleTimeout,
        Duration failoverTimeout,
        int maxAttempts,
        Duration firstDelay,
        Duration maxDelay,
        long jitterSeed,
        int maxFrameBytes) {

    public static final ClientOptions DEFAULTS = new ClientOptions(
            "",
            new Trust.System(),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(3),
            8,
            Duration.ofMillis(100),
            Duration.ofSeconds(5),
            0,
            1024 * 1024);

    /** Which server certificates are taken. */
    public sealed interface Trust {

        /** Those of the JDK's trust store. */
        record System() implements Trust {}

        /** Those that a PEM file of certificates vouches for. */
        record Pem(Path file) implements Trust {}

        /** Any: for development on localhost, and for nothing else. */
        record Everything() implements Trust {}
    }

    public ClientOptions {
        Objects.requireNonNull(apiKey, "apiKey");
        Objects.requireNonNull(trust, "trust");
        if (connectTimeout.toMillis() < 1 || idleTimeout.toMillis() < 3 || maxFrameBytes < 1) {
            throw new IllegalArgumentException("need connectTimeout >= 1 ms, idleTimeout >= 3 ms, maxFrameBytes >= 1");
        }
        if (failoverTimeout.toMillis() < 3) {
            throw new IllegalArgumentException("need failoverTimeout >= 3 ms");
        }
        if (maxAttempts < 0 || firstDelay.toMillis() < 1 || maxDelay.compareTo(firstDelay) < 0) {
            throw new IllegalArgumentException("need maxAttempts >= 0 and 1 ms <= firstDelay <= maxDelay");
        }
    }

    /** How often an open stream makes its connection send something that is answered. */
    long signOfLifeMillis() {
        return idleTimeout.toMillis() / 3;
    }

    public ClientOptions withApiKey(String key) {
        return new ClientOptions(
                key,
                trust,
                connectTimeout,
                idleTimeout,
                failoverTimeout,
                maxAttempts,
                firstDelay,
                maxDelay,
                jitterSeed,
                maxFrameBytes);
    }

    public ClientOptions withTrust(Trust newTrust) {
        return new ClientOptions(
                apiKey,
                newTrust,
                connectTimeout,
                idleTimeout,
                failoverTimeout,
                maxAttempts,
                firstDelay,
                maxDelay,
                jitterSeed,
                maxFrameBytes);
    }

    public ClientOptions withRetries(int attempts, Duration first, Duration most, long seed) {
        return new ClientOptions(
                apiKey,
                trust,
                connectTimeout,
                idleTimeout,
                failoverTimeout,
                attempts,
                first,
                most,
                seed,
                maxFrameBytes);
    }

    public ClientOptions withTimeouts(Duration connect, Duration idle) {
        return withTimeouts(connect, idle, failoverTimeout);
    }

    public ClientOptions withFailoverTimeout(Duration failover) {
        return withTimeouts(connectTimeout, idleTimeout, failover);
    }

    /** As they are with another server to go on at. */
    ClientOptions ofSeveralServers() {
        return withTimeouts(
                Collections.min(List.of(connectTimeout, failoverTimeout)),
                Collections.min(List.of(idleTimeout, failoverTimeout)),
                failoverTimeout);
    }

    private ClientOptions withTimeouts(Duration connect, Duration idle, Duration failover) {
        return new ClientOptions(
                apiKey, trust, connect, idle, failover, maxAttempts, firstDelay, maxDelay, jitterSeed, maxFrameBytes);
    }

    /** Not the key: options end up in logs. */
    @Override
    public String toString() {
        return "ClientOptions[trust=" + trust + ", maxAttempts=" + maxAttempts + ", idleTimeout=" + idleTimeout + "]";
    }
}
