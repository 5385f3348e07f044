package io.millrace.verticles.app.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * This node's place beside another tier.
 *
 * @param role            {@link Role#NONE}: nothing else here counts
 * @param center          edge: {@code host:port} where the center listens for edges
 * @param host            center: address to listen on for edges
 * @param port            center: TCP port
 * @param certificate     PEM chain that this node shows the other tier
 * @param key             PEM private key (PKCS#8) of the certificate
 * @param ca              PEM certificate of the authority of the link: neither cluster's own
 * @param policy          edge: what goes to the center
 * @param maxPromptTokens of {@link Policy#RULES}: a longer prompt goes to the center; 0: none does for that
 * @param maxAnswerTokens of RULES: who asks for more tokens goes to the center; 0: nobody does for that
 * @param maxTurns        of RULES: a chat with more messages of the user goes to the center; 0: none does for that
 * @param tools           of RULES: where a chat with tools goes
 * @param keywords        of RULES: words, with commas between; a task that has one goes to the center
 * @param firstTokens     of {@link Policy#CONFIDENCE}: how many of the edge's tokens decide
 * @param minLogProb      of CONFIDENCE: their least mean log-probability that keeps a request
 * @param withoutCenter   what becomes of the center's requests while it cannot be reached
 * @param probeInterval   between two questions whether the center is there
 * @param probeTimeout    how long it may take to answer one
 * @param centerTimeout   how long the center may leave a stream without admission or token while its client reads; then
 *                        it counts as lost to that stream
 * @param tokenWindow     tokens of one stream under way on the link; then its sequence stalls
 */
public record Edge(
        Role role,
        String center,
        String host,
        int port,
        Optional<Path> certificate,
        Optional<Path> key,
        Optional<Path> ca,
        Policy policy,
        int maxPromptTokens,
        int maxAnswerTokens,
        int maxTurns,
        Tools tools,
        String keywords,
        int firstTokens,
        double minLogProb,
        WithoutCenter withoutCenter,
        Duration probeInterval,
        Duration probeTimeout,
        Duration centerTimeout,
        int tokenWindow) {

    public enum Role {
        NONE,
        EDGE,
        CENTER
    }

    /** Those of {@code io.millrace.cluster.tier}. */
    public enum Policy {
        RULES,
        CONFIDENCE,
        ALWAYS,
        NEVER
    }

    public enum Tools {
        EDGE,
        CENTER
    }

    public enum WithoutCenter {
        /** The edge computes them, from the token they had come to. */
        TAKE_OVER,
        /** Their clients are told to try again. */
        REFUSE
    }

    public static final Edge NONE = new Edge(
            Role.NONE,
            "",
            "127.0.0.1",
            7810,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Policy.RULES,
            256,
            256,
            4,
            Tools.CENTER,
            "",
            8,
            -1,
            WithoutCenter.TAKE_OVER,
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(30),
            64);
}
