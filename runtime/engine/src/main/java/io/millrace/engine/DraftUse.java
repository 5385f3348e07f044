package io.millrace.engine;

/**
 * What guessing ahead has brought, since the scheduler began.
 *
 * @param drafted  tokens that were guessed and computed
 * @param accepted those of them that the model drew, too, and that went out
 */
public record DraftUse(long drafted, long accepted) {}
