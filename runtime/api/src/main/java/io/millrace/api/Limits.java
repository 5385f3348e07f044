package io.millrace.api;

import java.time.Duration;

/**
 * Every maximum of the program, in one place, printed at start. What happens when one is reached stands at its line. Those
 * from {@code maxBatch} to {@code mailbox} hold for each replica of the model, where a process has several.
 *
 * @param maxBatch            sequences that run in one step, and rows of KV cache; more wait
 * @param tokenBudget         tokens computed in one step; the rest of a prompt waits for the next step. Of prompts it computes
 *                            no more than the device gains from
 * @param prefillChunk        most prompt tokens of one sequence in one step, so that running streams keep their pace
 * @param contextTokens       positions per sequence; a longer prompt is refused, generation ends as LENGTH
 * @param blockTokens         positions per KV block
 * @param kvBlocks            KV blocks of the pool; when none is free the youngest sequence is set back and recomputed
 * @param prefixCacheTokens   positions of earlier sequences kept for later ones that begin alike, rounded down to whole blocks; the
 *                            least recently used go first, and 0 keeps none. A paged cache keeps what its free blocks hold
 * @param stepsInFlight       steps handed to the workers and not yet committed; the scheduler waits
 * @param draftTokens         most tokens guessed ahead of one sequence in one step, and verified in it; 0 guesses none
 * @param draftSequences      sequences with a slot that tokens are guessed for; while there are more, for none
 * @param stepRetries         failed steps in a row that one sequence may be part of; one more ends the replica's sequences
 * @param maxWaiting          sequences waiting for a slot; one more is OVERLOADED
 * @param maxWaitingTokens    prompt tokens waiting; more is OVERLOADED
 * @param mailbox             commands waiting for the batching loop; one more is OVERLOADED
 * @param outputBufferBytes   unread output of one stream; a full buffer makes its sequence STALLED
 * @param stallTimeout        how long a sequence may be STALLED; then it ends as SLOW_CONSUMER
 * @param replayEvents        sent events kept for resumption; asking for an older one is REPLAY_GONE
 * @param eventsPerFrame      tokens in one frame to a client; more go into the next frame
 * @param replayWindow        how long a stream without a connection, or one that ended, can be resumed
 * @param maxDetachedStreams  streams kept without a connection; the one detached longest ends
 * @param maxStreams          streams alive in the node, finished ones in the replay window included; one more is OVERLOADED
 * @param maxStreamsPerConnection concurrent QUIC or WebSocket streams of one connection; QUIC waits, WebSocket is OVERLOADED
 * @param maxResetsPerConnection  streams reset by a peer in a second; one more closes its connection
 * @param maxConnections      connections of each transport; one more is closed at once
 * @param maxFrameBytes       one frame or HTTP body; a larger one is TOO_LARGE
 * @param maxStopStrings      stop strings of one request; more is INVALID_REQUEST
 * @param maxStopLength       characters of one stop string; more is INVALID_REQUEST
 * @param maxMessages         messages of one chat; more is INVALID_REQUEST
 * @param maxTools            functions that one request offers, and calls that one message has; more is INVALID_REQUEST
 * @param maxToolCallLength   characters of a tool call in the output; a longer one stays text
 * @param maxTemplateOutput   characters that a chat template may write; more is INVALID_REQUEST
 * @param templateTimeout     how long a chat template may run; then INVALID_REQUEST
 * @param idleTimeout         how long a connection may carry nothing; then it is closed
 * @param stageTimeout        how long a stage on another node may leave a step unanswered, or be silent; then it is lost
 * @param drainTimeout        how long running streams may go on after a stop signal; then they end as ERROR, retryable
 */
public record Limits(
        int maxBatch,
        int tokenBudget,
        int prefillChunk,
        int contextTokens,
        int blockTokens,
        int kvBlocks,
        int prefixCacheTokens,
        int stepsInFlight,
        int draftTokens,
        int draftSequences,
        int stepRetries,
        int maxWaiting,
        int maxWaitingTokens,
        int mailbox,
        int outputBufferBytes,
        int replayEvents,
        int eventsPerFrame,
        Duration stallTimeout,
        Duration replayWindow,
        int maxDetachedStreams,
        int maxStreams,
        int maxStreamsPerConnection,
        int maxResetsPerConnection,
        int maxConnections,
        int maxFrameBytes,
        int maxStopStrings,
        int maxStopLength,
        int maxMessages,
        int maxTools,
        int maxToolCallLength,
        int maxTemplateOutput,
        Duration templateTimeout,
        Duration idleTimeout,
        Duration stageTimeout,
        Duration drainTimeout) {

    /** What a node runs with where the configuration says nothing; the runner lowers batch and blocks to fit memory. */
    public static final Limits DEFAULTS = new Limits(
            32,
            4096,
            512,
            2048,
            256,
            32 * (2048 / 256),
            16_384,
            2,
            0,
            1,
            3,
            256,
            262_144,
            4096,
            64 * 1024,
            4096,
            256,
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            1024,
            8192,
            256,
            200,
            4096,
            1024 * 1024,
            16,
            256,
            1024,
            128,
            64 * 1024,
            1024 * 1024,
            Duration.ofMillis(500),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30));
}
