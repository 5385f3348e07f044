package io.millrace.engine;

/**
 * What the prefix cache has saved, since the scheduler began.
 *
 * @param queries tokens of all sequences that got a slot; one that was set back counts again
 * @param hits    those of them that were not computed, since the cache held them
 * @param evictions blocks whose memory was wanted for others
 * @param tokens  in the cache now
 */
public record PrefixCacheUse(long queries, long hits, long evictions, int tokens) {}
