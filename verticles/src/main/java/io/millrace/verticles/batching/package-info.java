/**
 * The batching loop: the one event loop that owns the scheduler, and the mailbox through which everybody else reaches it.
 *
 * <p>Sockets, text and tensors stay outside: sequences come in as token ids, plans go to {@code worker}, tokens go to
 * the event loops that own the streams.
 */
package io.millrace.verticles.batching;
